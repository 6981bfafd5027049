"""An MCP server that works on tables with pandas, DuckDB and SciPy."""

import duckdb
import networkx
import pandas as pd
from mcp.server.fastmcp import FastMCP
from scipy import stats

server = FastMCP("tables")


@server.tool()
def describe(values: list[float]) -> dict:
    """Count, mean and largest of some numbers."""
    column = pd.Series(values)
    return {"count": int(column.count()), "mean": float(column.mean()), "max": float(column.max())}


@server.tool()
def query(sql: str) -> list[list]:
    """Run a query on an empty database in memory."""
    return [list(row) for row in duckdb.connect().execute(sql).fetchall()]


@server.tool()
def correlation(left: list[float], right: list[float]) -> float:
    """The correlation of two series."""
    return float(stats.pearsonr(left, right).statistic)


@server.tool()
def versions() -> dict:
    """What this server runs on; the two versions of this bundle differ in networkx."""
    return {"pandas": pd.__version__, "networkx": networkx.__version__}


if __name__ == "__main__":
    server.run()
