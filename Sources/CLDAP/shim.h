#include <arpa/nameser.h>
#include <ldap.h>
#include <ldap_schema.h>
#include <stdio.h>

#include <ldif.h>
#include <netdb.h>
#include <resolv.h>

// Lets libldap take all that has arrived in one read(2), where each message would cost two and a poll(2) before them.
//
// Right above the socket, below TLS: what comes behind a server's answer to StartTLS is TLS's, and never a message. liblber
// takes no larger buffer (LBER_MAX_BUFF_SIZE in its sockbuf.c).
static inline int read_ahead(Sockbuf *socket) {
  int bytes = 65535;
  int added = ber_sockbuf_add_io(socket, &ber_sockbuf_io_readahead, LBER_SBIOD_LEVEL_PROVIDER + 1, &bytes);
  return added == 0 ? LDAP_SUCCESS : LDAP_NO_MEMORY;
}

// The SRV records by a name (RFC 2782): the length of DNS's answer as res_query(3) gives it, else the negative of h_errno.
static inline int ask_for_services(const char *name, unsigned char *answer, int size) {
  int length = res_query(name, ns_c_in, ns_t_srv, answer, size);
  return length >= 0 ? length : h_errno > 0 ? -h_errno : -NO_RECOVERY;
}

// What libldap hands to the callback of ldap_sasl_interactive_bind_s(3): sasl_interact_t of <sasl/sasl.h>, which is in
// another package.
struct sasl_question {
  unsigned long id;
  const char *challenge, *prompt, *default_answer;
  const void *answer;
  unsigned length;
};

// Answers each question by what the library itself proposes, else by nothing: the Kerberos tickets say who we are.
static inline int answer_by_default(LDAP *session, unsigned flags, void *defaults, void *questions) {
  (void)session, (void)flags, (void)defaults;
  for (struct sasl_question *it = questions; it->id != 0; it++) {
    it->answer = it->default_answer ? it->default_answer : "";
    it->length = 0;
    while (((const char *)it->answer)[it->length]) it->length++;
  }
  return LDAP_SUCCESS;
}
