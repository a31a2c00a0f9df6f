"""ApacheDS, an instance in a folder of its own: nothing of the host's own is touched."""

import os
import re
import subprocess

from .. import ldif
from .certificates import Certificates
from .family import Family
from .server import PASSWORD, free_port

#: Its package has links to all of them but three.
MORE_CLASSES = ["caffeine", "commons-collections4", "commons-lang3"]
CLASSES = "/usr/share/apacheds/lib/*:" + ":".join(f"/usr/share/java/{name}.jar" for name in MORE_CLASSES)
DEFAULTS = "/etc/default/apacheds"
CONFIGURATION = "/etc/apacheds/config.ldif"


class ApacheDS(Family):
    name = "apacheds"
    title = "ApacheDS"
    # The last are those that it doesn't start without, though its package doesn't depend on them.
    packages = [
        "apacheds", "ldap-utils", "default-jre-headless", "libapache-directory-api-java", "libapache-directory-jdbm-java",
        "libbcprov-java", "libcaffeine-java", "libcommons-collections4-java", "libcommons-lang-java", "libcommons-lang3-java",
        "libcommons-pool-java", "libdom4j-java", "libmavibot-java", "libmina2-java", "libxpp3-java"]
    product = "apache"
    memberof = refint = False

    admin = "uid=admin,ou=system"
    identity = "entryUUID"

    #: What its own administrator has at first.
    first_password = "secret"

    def start(self) -> None:
        self.port, self.tls_port = free_port(), free_port()
        certificates = Certificates(f"{self.folder}/tls")
        certificate, key = certificates.sign("server", "/CN=localhost")
        self.ca_file = certificates.ca
        store = f"{self.folder}/server.p12"
        subprocess.run(
            ["openssl", "pkcs12", "-export", "-in", certificate, "-inkey", key, "-certfile", self.ca_file, "-name", "server",
             "-out", store, "-passout", f"pass:{PASSWORD}"], check=True, capture_output=True)
        for name in ("conf", "log", "partitions", "run", "cache"):
            os.makedirs(f"{self.folder}/instance/{name}")
        with open(CONFIGURATION) as file:
            self.write("instance/conf/config.ldif", self.configured(file.read(), store))
        self.write("instance/conf/log4j.properties", "log4j.rootCategory=ERROR, stdout\n"
                   "log4j.appender.stdout=org.apache.log4j.ConsoleAppender\n"
                   "log4j.appender.stdout.layout=org.apache.log4j.PatternLayout\n")
        self.restart()
        self.tool("ldapmodify", password=self.first_password, input=ldif.replace(self.admin, userPassword=PASSWORD))
        self.change(ldif.replace("cn=nis,ou=schema", **{"m-disabled": "FALSE"}))
        self.change(ldif.add(
            self.reader, {"objectClass": ["person", "simpleSecurityObject"], "sn": "reader", "userPassword": PASSWORD}))
        self.fill()

    def configured(self, text: str, store: str) -> str:
        """The package's configuration on ports of the loopback, with a certificate of the tests' own and without limits."""
        # A long line goes on in the next one, after a blank.
        text = text.replace("\n ", "").replace("0.0.0.0", "127.0.0.1")
        for before, after in [("10389", self.port), ("10636", self.tls_port)]:
            text = re.sub(rf"(?m)^ads-systemport: {before}$", f"ads-systemport: {after}", text)
        text = re.sub(r"(?m)^ads-partitionsynconwrite: TRUE$", "ads-partitionsynconwrite: FALSE", text)
        return text.replace(
            "ads-maxSizeLimit: 1000\nads-maxTimeLimit: 15000\n",
            f"ads-maxSizeLimit: 0\nads-maxTimeLimit: 3600000\nads-keystoreFile: {store}\nads-certificatePassword: {PASSWORD}\n")

    def restart(self) -> None:
        self.stop()
        with open(DEFAULTS) as file:
            text = file.read().replace("\\\n", "")
        controls, operations = (
            re.findall(rf'(?m)^{name}="([^"]*)"', text)[0] for name in ("ADS_CONTROLS", "ADS_EXTENDED_OPERATIONS"))
        instance = f"{self.folder}/instance"
        self.spawn(
            "java", "-Djava.awt.headless=true", "-Xmx512m", f"-Dapacheds.controls={controls}",
            f"-Dapacheds.extendedOperations={operations}", f"-Dlog4j.configuration=file:{instance}/conf/log4j.properties",
            f"-Dapacheds.log.dir={instance}/log", "-cp", CLASSES,
            "org.apache.directory.server.UberjarMain", f"{instance}/")

    def wait(self, seconds: float = 240) -> None:
        """Longer than for the others: Java starts slowly on a machine that has other work."""
        super().wait(seconds)

    def stop(self) -> None:
        """In order: its partitions are whole only then."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                pass
        super().stop()
