"""The MCPB manifests of the corpus."""

import json


def python_server(name, version, description, platform):
    """A bundle that brings its packages in `deps`."""
    manifest = _common(name, version, description)
    manifest["server"] = {
        "type": "python",
        "entry_point": "src/server.py",
        "mcp_config": {
            "command": "python3",
            "args": ["${__dirname}/src/server.py"],
            "env": {"PYTHONPATH": "${__dirname}/deps"},
        },
    }
    manifest["compatibility"] = {"platforms": [platform], "runtimes": {"python": ">=3.11,<3.12"}}
    return encoded(manifest)


def node_server(name, version, description):
    """A bundle that brings its packages in `node_modules`."""
    manifest = _common(name, version, description)
    manifest["server"] = {
        "type": "node",
        "entry_point": "src/server.js",
        "mcp_config": {"command": "node", "args": ["${__dirname}/src/server.js"], "env": {}},
    }
    manifest["compatibility"] = {"runtimes": {"node": ">=18.0.0"}}
    return encoded(manifest)


def encoded(manifest):
    """The bytes of a `manifest.json`."""
    return (json.dumps(manifest, indent=2) + "\n").encode()


def _common(name, version, description):
    return {
        "manifest_version": "0.2",
        "name": name,
        "version": version,
        "description": description,
        "author": {"name": "linkstead"},
    }
