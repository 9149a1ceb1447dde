"""Connections that never finish asking: slow.py HOST PORT CONNECTIONS SECONDS sends each a byte of a request's head a
second, and opens anew those that the service hangs up on. Prints how often that was."""

import asyncio
import sys

HEAD = b"GET /v1/children/search HTTP/1.1\r\nHost: localhost\r\nUser-Agent: " + b"x" * 4000


async def dawdle(host, port, delay, hung_up):
    await asyncio.sleep(delay)
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(1)
            continue
        try:
            for at in range(len(HEAD)):
                writer.write(HEAD[at:at + 1])
                await writer.drain()
                if await answered(reader):
                    break
        except OSError:
            pass
        hung_up.append(1)
        writer.close()


async def answered(reader):
    """Whether the service said something, or hung up, within the second before the next byte."""
    try:
        await asyncio.wait_for(reader.read(1), 1)
    except asyncio.TimeoutError:
        return False
    return True


async def main(host, port, connections, seconds):
    hung_up = []
    tasks = [asyncio.create_task(dawdle(host, port, at / connections, hung_up)) for at in range(connections)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(len(hung_up))


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
