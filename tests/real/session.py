#!/usr/bin/env python3
"""Keep one MCP session open, and call tools in it when told to.

    python3 session.py COMMAND [ARGUMENT]...

Starts the server, then reads lines from standard input, each a JSON list
`[tool, arguments]`, and answers each with a line: the texts that the tool gave,
or `{"error": …}`. Ends the session at the end of the input. Runs in the
environment that `environment.py` makes.
"""

import json
import os
import sys

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def serve(command, arguments):
    """One answer for each line, while the server runs."""
    parameters = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    async with stdio_client(parameters) as (incoming, outgoing):
        async with ClientSession(incoming, outgoing) as session:
            await session.initialize()
            print(json.dumps("ready"), flush=True)
            while line := await anyio.to_thread.run_sync(sys.stdin.readline):
                print(json.dumps(await _answer(session, *json.loads(line))), flush=True)


async def _answer(session, tool, arguments):
    try:
        result = await session.call_tool(tool, arguments)
    except Exception as failure:  # whatever it is, the one who asked must be told
        return {"error": f"{type(failure).__name__}: {failure}"}
    texts = [block.text for block in result.content if block.type == "text"]
    return {"error": texts} if result.isError else texts


if __name__ == "__main__":
    anyio.run(serve, sys.argv[1], sys.argv[2:])
