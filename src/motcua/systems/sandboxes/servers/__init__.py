"""The sandbox servers by the name under which they hang."""

from motcua.systems.sandboxes.http import Server
from motcua.systems.sandboxes.moods import in_mood
from motcua.systems.sandboxes.servers import axis, lgsp, national_portal, payment_platform, population

SERVERS: dict[str, Server] = {
    name: in_mood(name, server)
    for name, server in {
        "population": population.answer,
        "lgsp": lgsp.answer,
        "axis": axis.answer,
        "national_portal": national_portal.answer,
        "payment_platform": payment_platform.answer,
    }.items()
}
