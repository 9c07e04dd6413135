"""Echoes that others' frameworks answer: what `gateway` is measured beside.

Each is asked over 32 connections by clients in the same thread, written for the same loop as its server.
"""

from __future__ import annotations

import asyncio
import socket
import time

import uvicorn
from fastapi import FastAPI, Request, Response
from quart import Response as QuartResponse
from quart import request
from quart_trio import QuartTrio

from .http import BODY, CONNECTIONS, POST, REQUESTS


def quart_echo() -> QuartTrio:
    """The body of a request as its answer, by one Quart-Trio route."""
    app = QuartTrio("echo", static_folder=None)

    @app.route("/", methods=["POST"])
    async def echo() -> QuartResponse:
        return QuartResponse(await request.get_data(as_text=False), content_type="application/json")

    return app


def fastapi_echo() -> FastAPI:
    """The same by one FastAPI route."""
    app = FastAPI()

    @app.post("/")
    async def echo(asked: Request) -> Response:
        return Response(await asked.body(), media_type="application/json")

    return app


def on_uvicorn() -> dict[str, float]:
    """FastAPI's echo on uvicorn: requests a second, and CPU of both sides a request."""
    return asyncio.run(_on_uvicorn())


async def _on_uvicorn() -> dict[str, float]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            fastapi_echo(), log_level="warning", access_log=False, lifespan="off", loop="asyncio"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        port = listener.getsockname()[1]
        wall, cpu = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as clients:
            for _ in range(CONNECTIONS):
                clients.create_task(_client(port, REQUESTS // CONNECTIONS))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        server.should_exit = True
        await serving
    return {"per_s": REQUESTS / wall, "cpu_us": cpu / REQUESTS * 1e6}


async def _client(port: int, requests: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(requests):
        writer.write(POST)
        told = b""
        while not told.endswith(BODY):
            told += await reader.read(65_536)
    writer.close()
    await writer.wait_closed()
