"""The designer that officials use (bpmn-js with its panel for Camunda 8), driven in Chromium.

`python -m tests.processes.designer` draws the files of this folder anew.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent
CLIENTS = FOLDER.parent / "clients"
NAMES = ("bien-dong-dat-dai", "giai-quyet-khieu-nai", "giay-phep-xay-dung")
PAGE = '<!doctype html><meta charset="utf-8"><div id="canvas" style="height:900px"></div><div id="properties"></div>'
FEWEST = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@dataclass(frozen=True)
class Drawing:
    """What the designer saves: the process file and its picture."""

    xml: str
    svg: str


class Designer:
    """A page in which the designer is loaded."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def draw(self, name: str) -> Drawing:
        """Draw a sheet of process-sheets.mjs from nothing."""
        return Drawing(**self.page.evaluate("name => window.drawing(name)", name))


def bundle(target: Path) -> None:
    """Put the designer and the sheets into one script."""
    command = [
        str(Path(sys.executable).parent / "node"), "node_modules/esbuild/bin/esbuild", "draw-processes.mjs",
        "--bundle", "--format=iife", "--log-level=error", f"--outfile={target}",
    ]  # fmt: skip
    subprocess.run(command, cwd=CLIENTS, check=True, timeout=120)


@contextmanager
def designer() -> Iterator[Designer]:
    """Open the designer; it needs Debian's Chromium and the packages of tests/clients, never the network."""
    executable = shutil.which("chromium")
    if executable is None:
        raise RuntimeError("The designer needs a browser: install it with `apt-get install chromium`.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = Path(folder) / "designer.js"
        bundle(script)
        browser = playwright.chromium.launch(executable_path=executable, args=list(FEWEST))
        try:
            page = browser.new_page(viewport={"width": 2400, "height": 1300})
            page.set_content(PAGE)
            page.add_script_tag(path=script)
            yield Designer(page)
        finally:
            browser.close()


if __name__ == "__main__":
    with designer() as open_designer:
        for name in NAMES:
            (FOLDER / f"{name}.bpmn").write_text(open_designer.draw(name).xml, encoding="utf-8")
