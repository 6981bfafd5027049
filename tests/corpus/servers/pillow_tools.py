"""An MCP server that makes images with Pillow."""

import io
import sys

import PIL
from mcp.server.fastmcp import FastMCP
from PIL import Image, ImageDraw, features

server = FastMCP("images")


def drawn(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).ellipse((0, 0, width - 1, height - 1), fill="navy")
    return image


@server.tool()
def make_image(width: int, height: int) -> dict:
    """Draw an ellipse, write it as PNG, read it back and say what it is."""
    buffer = io.BytesIO()
    drawn(width, height).save(buffer, "PNG")
    with Image.open(io.BytesIO(buffer.getvalue())) as image:
        return {"format": image.format, "width": image.width, "height": image.height}


@server.tool()
def make_webp(width: int, height: int) -> dict:
    """The same through libwebp, a shared library that the bundle brings."""
    buffer = io.BytesIO()
    drawn(width, height).save(buffer, "WEBP", quality=80)
    with Image.open(io.BytesIO(buffer.getvalue())) as image:
        return {"format": image.format, "width": image.width, "height": image.height}


@server.tool()
def versions() -> dict:
    """What this server runs on."""
    return {"pillow": PIL.__version__, "webp": features.version("webp"), "python": sys.version.split()[0]}


@server.tool()
def origins() -> list[str]:
    """The files that the loaded modules come from."""
    return sorted({str(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)})


if __name__ == "__main__":
    server.run()
