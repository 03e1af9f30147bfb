"""A real IMAP server with a mailbox of its own, on loopback; and one that does not behave."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from threading import Thread

from imapclient import IMAPClient

USER, PASSWORD = "bookings@training.example.org", "p@ss/word: 100%"
NOBODY = "nobody"  # dovecot opens no mailbox for root

# As an ordinary user, so that it can do no harm and needs no rights.
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {owner}
default_internal_group = {group}
default_login_user = {owner}
mail_location = maildir:{folder}/mail
mail_plugins =
first_valid_uid = 1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
auth_username_chars =
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail
}}
service anvil {{
  chroot =
  # One wrong password must not slow down the tests that follow.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


class Dovecot:
    """In a folder whose path is short: a socket's may not be long. Open inside `with`."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="imap"))
        self.port, self.tls_port = free_port(), free_port()
        self.certificate = self.folder / "cert.pem"

    def __enter__(self):
        owner = NOBODY if os.getuid() == 0 else getpass.getuser()
        group = subprocess.run(["id", "-gn", owner], check=True, capture_output=True, text=True).stdout.strip()
        places = {"folder": self.folder, "port": self.port, "tls_port": self.tls_port, "owner": owner, "group": group}
        (self.folder / "config").write_text(CONFIG.format(**places))
        (self.folder / "users").write_text(f"{USER}:{{PLAIN.b64}}{encoded(PASSWORD)}\n")
        make_certificate(self.folder)
        (self.folder / "mail").mkdir()
        for path in (self.folder, *self.folder.rglob("*")):
            if os.getuid() == 0:
                shutil.chown(path, owner, group)
        other = {"user": owner, "group": group, "extra_groups": []} if os.getuid() == 0 else {}
        command = [shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin"), "-F", "-c", self.folder / "config"]
        self.process = subprocess.Popen(command, cwd=self.folder, stderr=subprocess.DEVNULL, **other)
        self._wait_until_it_answers()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)
        shutil.rmtree(self.folder)

    def address(self, folder="", *, user="bookings%40training.example.org", password="p%40ss%2Fword%3A%20100%25"):
        return f"imap://{user}:{password}@127.0.0.1:{self.port}/{folder}"

    @contextlib.contextmanager
    def person(self):
        """Whoever reads the same mailbox with a program of their own."""
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10) as client:
            client.login(USER, PASSWORD)
            yield client

    def _wait_until_it_answers(self):
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise RuntimeError(f"dovecot does not answer: {self._complaints()}")

    def _complaints(self):
        log = self.folder / "log"
        return log.read_text() if log.exists() else "it has no log"


def is_installed():
    return bool(shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin") and shutil.which("openssl"))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def encoded(text):
    return subprocess.run(["base64"], input=text, check=True, capture_output=True, text=True).stdout.strip()


def make_certificate(folder):
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2"]
    kept = ["-nodes", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    subprocess.run([*made, *named, *kept], check=True, capture_output=True)


class Misbehaving:
    """Answers each command with the next of its lines, and then does as it was told: 'hang', 'drop' or 'dribble'."""

    GREETING = b"* OK [CAPABILITY IMAP4rev1] hello\r\n"
    CAPABLE = b"* CAPABILITY IMAP4rev1\r\n%s OK that is all\r\n"
    SIGNED_IN = b"%s OK [CAPABILITY IMAP4rev1] in\r\n"
    OPENED = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n%s OK [READ-ONLY] open\r\n"
    FOUND = b"* SEARCH 1 2\r\n%s OK found\r\n"

    def __init__(self, *lines, then):
        self.lines, self.then = lines, then
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"imap://bookings:secret@127.0.0.1:{self.listening.getsockname()[1]}/"
        self.is_over = False

    def __enter__(self):
        self.thread = Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.listening.close()
        self.thread.join(timeout=10)

    def _serve(self):
        caller, _ = self.listening.accept()
        caller.settimeout(10)
        with caller, contextlib.suppress(OSError):
            heard = caller.makefile("rb")
            for line in self.lines:
                tag = heard.readline().split(b" ")[0] if b"%s" in line else b""
                caller.sendall(line.replace(b"%s", tag))
            if self.then == "dribble":
                heard.readline()
            while self.then != "drop" and not self.is_over:
                time.sleep(0.02)
                if self.then == "dribble":
                    caller.sendall(b"*")
            heard.close()
