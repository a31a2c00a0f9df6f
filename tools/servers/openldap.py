"""OpenLDAP's slapd, with the overlays memberof and ppolicy."""

from .. import ldif
from .certificates import Certificates
from .family import Family
from .server import PASSWORD, READER, SUFFIX, free_port
from .slapd import Slapd

OPTIONS = """\
moduleload memberof
moduleload ppolicy
TLSCACertificateFile {ca}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
TLSVerifyClient allow
authz-regexp "^gidnumber=.*,cn=peercred,cn=external,cn=auth$" "{reader}"
authz-regexp "^cn=client$" "{reader}"
{options}"""

DATABASE = """\
index objectClass,cn,uid,memberOf eq
limits dn.exact="{reader}" size=unlimited
limits dn.exact="{limited}" size.soft=3 size.hard=3 size.prtotal=3
access to * by dn.exact="{reader}" read by dn.exact="{limited}" read by anonymous auth
{database}
overlay memberof
memberof-refint TRUE
overlay ppolicy"""


class OpenLDAP(Slapd, Family):
    """- options: more lines of slapd.conf(5) for the whole server. - database: more for its database."""

    name = "openldap"
    title = "OpenLDAP"
    packages = ["slapd", "ldap-utils"]
    needs_root = False
    identity = "entryUUID"

    #: The names in its certificate.
    names = "DNS:localhost,IP:127.0.0.1"

    def __init__(self, options: str = "", database: str = "") -> None:
        super().__init__()
        self.tls_port = free_port()
        self.ldapi = "ldapi://" + f"{self.folder}/ldapi".replace("/", "%2F")
        self.certificates = Certificates(f"{self.folder}/tls")
        self.ca_file = self.certificates.ca
        self.more_options, self.more_database = options, database

    @property
    def addresses(self) -> str:
        return f"{self.uri}/ {self.ldaps}/ {self.ldapi}/"

    def start(self) -> None:
        self.start_empty()
        self.make_readers()
        self.fill()

    def start_empty(self) -> None:
        certificate, key = self.certificates.sign("server", "/CN=localhost", names=self.names)
        self.options = OPTIONS.format(
            reader=READER, ca=self.ca_file, certificate=certificate, key=key, options=self.more_options)
        self.database = DATABASE.format(reader=READER, limited=self.limited, database=self.more_database)
        self.prepare()
        self.restart()

    def make_readers(self) -> None:
        self.change(ldif.add(SUFFIX, {"objectClass": ["dcObject", "organization"], "dc": "example", "o": "Example"}))
        for dn in (self.reader, self.limited):
            self.change(ldif.add(
                dn, {"objectClass": ["person", "simpleSecurityObject"], "sn": "reader", "userPassword": PASSWORD}))
