"""`motcua serve`: the whole house in one command."""

import click


@click.command()
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port of the site."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes of the site."
)
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="Threads of each.")
def serve(port: int, host: str, workers: int, threads: int) -> None:
    """Run database, worker and site, and start again whatever dies. Ctrl-C stops everything."""
    from motcua.cli.supervisor import Supervisor

    house = Supervisor(host=host, port=port, workers=workers, threads=threads)
    try:
        house.start()
        house.wait_until_served()
        click.echo(f"Open at {house.address} (Ctrl-C stops it)")
        house.run()
    finally:
        house.stop()
