"""OpenLDAP's slapd, with the overlays memberof and ppolicy."""

import os

import ldif
from certificates import Certificates
from directory import PASSWORD, SUFFIX, Directory
from installation import free_port

CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/openldap.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
moduleload memberof
moduleload ppolicy
TLSCACertificateFile {ca}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
TLSVerifyClient allow
{globals}
authz-regexp "^gidnumber=.*,cn=peercred,cn=external,cn=auth$" "{reader}"
authz-regexp "^cn=client$" "{reader}"
database config
rootdn "{admin}"
database mdb
maxsize 268435456
dbnosync
directory {folder}/db
suffix {suffix}
rootdn "{admin}"
rootpw {password}
index objectClass,cn,uid,memberOf eq
limits dn.exact="{reader}" size=unlimited
limits dn.exact="{limited}" size.soft=3 size.hard=3 size.prtotal=3
{replication}
access to * by dn.exact="{reader}" read by dn.exact="{limited}" read by anonymous auth
overlay syncprov
overlay memberof
memberof-refint TRUE
overlay ppolicy
"""


class OpenLDAP(Directory):
    name = "openldap"
    title = "OpenLDAP"
    packages = ["slapd", "ldap-utils"]
    needs_root = False

    admin = f"cn=admin,{SUFFIX}"
    reader = f"cn=reader,{SUFFIX}"
    limited = f"cn=limited,{SUFFIX}"
    identity = "entryUUID"

    #: For a server that isn't like the others: more of its configuration, of the whole and of the database, and its names.
    globals = replication = ""
    names = "DNS:localhost,IP:127.0.0.1"
    environment = None

    def __init__(self):
        super().__init__()
        self.port, self.tls_port = free_port(), free_port()

    def start(self):
        self.prepare()
        self.make_readers()
        self.fill()

    def prepare(self):
        """Starts the server, empty."""
        self.ldapi = "ldapi://" + f"{self.folder}/ldapi".replace("/", "%2F")
        self.certificates = Certificates(f"{self.folder}/tls")
        certificate, key = self.certificates.sign("server", "/CN=localhost", names=self.names)
        self.ca_file = self.certificates.ca
        os.makedirs(f"{self.folder}/db")
        self.write("slapd.conf", CONFIGURATION.format(
            folder=self.folder, suffix=SUFFIX, admin=self.admin, reader=self.reader, limited=self.limited,
            password=PASSWORD, ca=self.ca_file, certificate=certificate, key=key,
            globals=self.globals, replication=self.replication))
        self.restart()

    def make_readers(self):
        self.change(ldif.add(SUFFIX, {"objectClass": ["dcObject", "organization"], "dc": "example", "o": "Example"}))
        for dn in (self.reader, self.limited):
            self.change(ldif.add(
                dn, {"objectClass": ["person", "simpleSecurityObject"], "sn": "reader", "userPassword": PASSWORD}))

    def restart(self):
        self.stop()
        self.spawn("/usr/sbin/slapd", "-f", f"{self.folder}/slapd.conf", "-d", "0",
                   "-h", f"{self.uri}/ {self.ldaps}/ {self.ldapi}/", environment=self.environment)
