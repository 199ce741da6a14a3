"""Converts documents one after the other in one warm LibreOffice; it runs in the sandbox.

Each line of standard input is a task, each line of standard output the answer to one (JSON; worker.ts is the other end).
The first answer, before any task, says that LibreOffice is ready. When LibreOffice dies, so does this program.
"""

import base64
import html
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from configparser import ConfigParser
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException
from com.sun.star.uno import Exception as UnoException

PROGRAM = Path("/usr/lib/libreoffice/program")
JOB = Path("/job")
PROFILE = Path("/tmp/profile")
PIPE = "pipe,name=office;urp"
# How it ends when its profile is new and it wants to be started again.
RESTART = 81


def main():
    # Whatever libraries print must not look like an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)

    def answer(**fields):
        print(json.dumps(fields), file=answers)

    office, context = start()
    desktop = create(context, "com.sun.star.frame.Desktop")
    answer(ok=True, memory=memory_of(office.pid))
    for line in sys.stdin:
        task = json.loads(line)
        try:
            if "warm" in task:
                warm_up(desktop, **task["warm"])
            else:
                convert(context, desktop, **task)
            answer(ok=True, memory=memory_of(office.pid))
        except Refused as refused:
            answer(ok=False, detail=str(refused), memory=memory_of(office.pid))


def start():
    """Starts LibreOffice with a profile of its own; returns its process, and its context once it answers."""
    make_profile()
    # Large documents don't fit into the memory that /tmp is made of.
    temporary = JOB / "tmp"
    temporary.mkdir()
    command = [PROGRAM / "soffice.bin", f"-env:UserInstallation={PROFILE.as_uri()}", f"--accept={PIPE}"]
    command += ["--headless", "--norestore", "--nologo", "--nodefault"]

    def launch():
        return subprocess.Popen(
            command, env={**os.environ, "TMPDIR": str(temporary)}, stdin=subprocess.DEVNULL, stdout=2
        )

    office = launch()
    resolver = create(uno.getComponentContext(), "com.sun.star.bridge.UnoUrlResolver")
    while True:
        try:
            return office, resolver.resolve(f"uno:{PIPE};StarOffice.ComponentContext")
        except NoConnectException:
            code = office.poll()
            if code == RESTART:
                office = launch()
            elif code is not None:
                sys.exit(f"LibreOffice ended with {code}")
            time.sleep(0.01)


def make_profile():
    """Never one that was used before: it would bring along what documents did to it."""
    (PROFILE / "user/extensions").mkdir(parents=True)
    shutil.copy(JOB / "registrymodifications.xcu", PROFILE / "user")
    # Says that this version has looked for extensions; without it, LibreOffice starts twice.
    version = ConfigParser(interpolation=None, strict=False)
    version.read(PROGRAM / "versionrc")
    (PROFILE / "user/extensions/buildid").write_text(version.get("Version", "buildid", fallback=""))


class Refused(Exception):
    """The document can't be read, or not be written so."""


def convert(context, desktop, input, output, load, store):
    """Reads one file of the job and writes another.

    `load` and `store` are media descriptors of LibreOffice; `store` may be "slides" (see write_slides).
    """
    # MacroExecMode.NEVER_EXECUTE, UpdateDocMode.NO_UPDATE
    safely = {"Hidden": True, "ReadOnly": True, "MacroExecutionMode": 0, "UpdateDocMode": 0}
    try:
        document = desktop.loadComponentFromURL(url(input), "_blank", 0, properties({**load, **safely}))
    except DisposedException:
        raise
    except UnoException:
        document = None
    if document is None:
        locked = is_encrypted(JOB / input)
        raise Refused("It is protected by a password." if locked else "It is damaged or protected by a password.")
    try:
        if store == "slides":
            write_slides(context, document, output)
        else:
            document.storeToURL(url(output), properties(store))
    except DisposedException:
        raise
    except UnoException as error:
        raise Refused("It can't be written in this format.") from error
    finally:
        document.close(True)


def write_slides(context, presentation, output):
    """Writes one page with a picture of each slide, and its text for those who search or can't see it.

    LibreOffice's own filters lose the text of imported slides (XHTML) or make many files.
    """
    draw = create(context, "com.sun.star.drawing.GraphicExportFilter")
    picture = JOB / "tmp/slide.png"
    with (JOB / output).open("w", encoding="utf-8") as page:
        title = html.escape(presentation.DocumentProperties.Title or "Slides")
        page.write(SLIDES_START.format(title=title))
        for number, slide in enumerate(presentation.DrawPages, 1):
            draw.setSourceDocument(slide)
            size = {"PixelWidth": SLIDE_WIDTH, "PixelHeight": round(SLIDE_WIDTH * slide.Height / slide.Width)}
            draw.filter(properties({"MediaType": "image/png", "URL": picture.as_uri(), "FilterData": size}))
            data = base64.b64encode(picture.read_bytes()).decode()
            lines = [line for shape in slide for line in lines_of(shape)]
            text = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
            image = f'<img src="data:image/png;base64,{data}" alt="{number}">'
            page.write(f"<section>\n{image}\n<div>{text}</div>\n</section>\n")
        page.write("</body>\n</html>\n")


SLIDE_WIDTH = 1280
SLIDES_START = """<!doctype html>
<html>
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ margin: 2rem auto; max-width: 80rem; font-family: sans-serif }}
section {{ margin-bottom: 3rem }}
img {{ width: 100%; border: 1px solid #ccc }}
</style>
</head>
<body>
"""


def lines_of(shape):
    """The text of a shape and of those that it groups, line by line."""
    if shape.supportsService("com.sun.star.drawing.GroupShape"):
        return [line for each in shape for line in lines_of(each)]
    return shape.String.splitlines() if shape.supportsService("com.sun.star.drawing.Text") else []


def is_encrypted(file):
    """Whether it says so itself: OpenDocument in its manifest, Office Open XML by what it is wrapped in."""
    try:
        with zipfile.ZipFile(file) as package, package.open("META-INF/manifest.xml") as manifest:
            return b"encryption-data" in manifest.read(1024 * 1024)
    except Exception:  # A damaged archive can make it fail in any way.
        return "EncryptedPackage".encode("utf-16-le") in file.read_bytes()


def warm_up(desktop, factory, store):
    """Makes an empty document and writes it, so that what this needs is loaded before somebody waits for it."""
    document = desktop.loadComponentFromURL(factory, "_blank", 0, properties({"Hidden": True}))
    document.storeToURL(url("tmp/warm"), properties(store))
    document.close(True)
    (JOB / "tmp/warm").unlink()


def create(context, service):
    return context.ServiceManager.createInstanceWithContext(service, context)


def properties(values):
    return tuple(
        PropertyValue(
            name,
            0,
            uno.Any("[]com.sun.star.beans.PropertyValue", properties(value)) if isinstance(value, dict) else value,
            0,
        )
        for name, value in values.items()
    )


def url(name):
    return (JOB / name).as_uri()


def memory_of(pid):
    """Resident memory in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


main()
