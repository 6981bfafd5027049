#!/usr/bin/env python3
"""Use an installed bundle as a host does: start its server, ask what it can do, call a tool.

Takes the published directory and reads the MCPB manifest there. Prints one
JSON line; exit code 0 if every step went well at the first try, else 1. Runs
in the environment that `environment.py` makes.
"""

import argparse
import json
import sys
from pathlib import Path

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

PATIENCE_SECONDS = 60


def parameters(directory):
    """The server's command, with the directory filled in."""
    manifest = json.loads((directory / "manifest.json").read_bytes())
    config = manifest["server"]["mcp_config"]

    def filled(text):
        return text.replace("${__dirname}", str(directory))

    return StdioServerParameters(
        command=filled(config["command"]),
        args=[filled(argument) for argument in config.get("args", [])],
        env={name: filled(value) for name, value in config.get("env", {}).items()},
    )


async def use(directory, calls):
    """What the server says of itself, and its answers to the calls."""
    with anyio.fail_after(PATIENCE_SECONDS):
        async with stdio_client(parameters(directory)) as (incoming, outgoing):
            async with ClientSession(incoming, outgoing) as session:
                greeting = await session.initialize()
                listed = await session.list_tools()
                answers = [await _answer(session, call) for call in calls]
    return {
        "ok": not any(answer["is_error"] for answer in answers),
        "server": greeting.serverInfo.name,
        "protocol": greeting.protocolVersion,
        "tools": [tool.name for tool in listed.tools],
        "answers": answers,
    }


async def _answer(session, call):
    tool, arguments = call
    result = await session.call_tool(tool, arguments)
    texts = [block.text for block in result.content if block.type == "text"]
    return {"tool": tool, "is_error": bool(result.isError), "texts": texts}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=lambda text: Path(text).resolve())
    parser.add_argument(
        "--call", nargs=2, action="append", required=True, metavar=("TOOL", "ARGUMENTS"), help="arguments as JSON"
    )
    options = parser.parse_args()
    calls = [(tool, json.loads(arguments)) for tool, arguments in options.call]
    try:
        outcome = anyio.run(use, options.directory, calls)
    except BaseException as failure:  # anyio groups failures, of which some are no Exception
        outcome = {"ok": False, "error": "; ".join(_causes(failure))}
    print(json.dumps(outcome))
    sys.exit(0 if outcome["ok"] else 1)


def _causes(failure):
    if isinstance(failure, BaseExceptionGroup):
        return [cause for inner in failure.exceptions for cause in _causes(inner)]
    return [f"{type(failure).__name__}: {failure}"]


if __name__ == "__main__":
    main()
