// An MCP server that groups words with lodash and counts days with date-fns.
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const { StdioServerTransport } = require("@modelcontextprotocol/sdk/server/stdio.js");
const { z } = require("zod");
const lodash = require("lodash");
const { differenceInCalendarDays, parseISO } = require("date-fns");

const server = new McpServer({ name: "words", version: "1.0.0" });
const text = (value) => ({ content: [{ type: "text", text: JSON.stringify(value) }] });

server.tool("group", "Group words by their length.", { words: z.array(z.string()) }, async ({ words }) =>
  text(lodash.groupBy(words, "length")),
);

server.tool("days", "Days between two dates.", { from: z.string(), to: z.string() }, async ({ from, to }) =>
  text(differenceInCalendarDays(parseISO(to), parseISO(from))),
);

server.connect(new StdioServerTransport());
