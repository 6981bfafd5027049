"""An MCP server that calculates with numpy, OpenCV and Shapely."""

import sys

import cv2
import numpy as np
import shapely
from mcp.server.fastmcp import FastMCP
from PIL import Image

server = FastMCP("numbers")


@server.tool()
def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a system of linear equations."""
    return [round(float(value), 9) for value in np.linalg.solve(np.array(matrix), np.array(right))]


@server.tool()
def edges(width: int, height: int) -> dict:
    """Draw a square with Pillow and count the pixels of its outline with OpenCV."""
    image = Image.new("L", (width, height), 0)
    image.paste(255, (width // 4, height // 4, 3 * width // 4, 3 * height // 4))
    outline = cv2.Canny(np.asarray(image), 100, 200)
    return {"edge_pixels": int(np.count_nonzero(outline)), "shape": list(outline.shape)}


@server.tool()
def area(points: list[tuple[float, float]]) -> float:
    """The area of a polygon."""
    return shapely.Polygon(points).area


@server.tool()
def origins() -> list[str]:
    """The files that the loaded modules come from."""
    return sorted({str(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)})


if __name__ == "__main__":
    server.run()
