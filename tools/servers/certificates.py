"""An authority of the tests' own, with certificates for a server on the loopback and for a client."""

import os
import subprocess

#: More than doctor warns about.
DAYS = "90"


def openssl(*words: str, folder: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


class Certificates:
    """Files in `folder`: `ca.pem`; `NAME.pem` and `NAME.key` for each name that was signed."""

    def __init__(self, folder: str) -> None:
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.ca = f"{folder}/ca.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", DAYS,
                "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem", folder=folder)

    def sign(
        self, name: str, subject: str, usage: str = "serverAuth", names: str = "DNS:localhost,IP:127.0.0.1"
    ) -> tuple[str, str]:
        """Returns the certificate's file and the key's."""
        with open(f"{self.folder}/{name}.ext", "w") as file:
            file.write(f"subjectAltName={names}\nextendedKeyUsage={usage}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", f"{name}.key",
                "-out", f"{name}.csr", folder=self.folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", DAYS, "-extfile", f"{name}.ext", "-out", f"{name}.pem", folder=self.folder)
        return f"{self.folder}/{name}.pem", f"{self.folder}/{name}.key"
