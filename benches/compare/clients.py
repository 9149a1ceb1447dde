"""Callers that keep the receipt of every answer they were given: what was acknowledged must be in the log, whoever died."""

import http.client
import threading
import time


class Callers:
    """So many threads that look up random children until told to stop, each at the address that `where` gives it."""

    def __init__(self, service, where, many, dice):
        self.tokens = (service.folder / "tokens").read_text().split()
        self.numbers = (service.folder / "numbers").read_text().split()
        self.where, self.dice = where, dice
        self.stopping = threading.Event()
        self.receipts, self.statuses, self.broken, self.longest = [], {}, 0, 0.0
        self.refusals = []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.call, args=(number,)) for number in range(many)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def answered(self):
        with self.lock:
            return len(self.receipts)

    def wait_for(self, answers, patience=120):
        """Until so many more answers came; whether they did."""
        wanted, until = self.answered() + answers, time.monotonic() + patience
        while self.answered() < wanted:
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    def call(self, number):
        connection = None
        while not self.stopping.is_set():
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.where(number), timeout=30)
                status, receipt, took = self.ask(connection)
            except (OSError, http.client.HTTPException):
                connection = None
                with self.lock:
                    self.broken += 1
                time.sleep(0.02)
                continue
            with self.lock:
                self.statuses[status] = self.statuses.get(status, 0) + 1
                self.longest = max(self.longest, took)
                if receipt:
                    self.receipts.append(receipt)
            if status == 503:
                time.sleep(0.05)

    def ask(self, connection):
        with self.lock:
            token, child = self.dice.choice(self.tokens), self.dice.choice(self.numbers)
        began = time.monotonic()
        headers = {"Authorization": f"Bearer {token}", "Access-Reason": "early-help"}
        connection.request("GET", f"/v1/children/{child}/contacts", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 and not self.refusals:
            self.refusals.append(body[:400])
        return answer.status, answer.getheader("Audit-Receipt") if answer.status == 200 else None, time.monotonic() - began
