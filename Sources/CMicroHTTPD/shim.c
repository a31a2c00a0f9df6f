#include "CMicroHTTPD.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

struct MHD_Daemon *cmhd_start(const char *host, const char *port, const char *key, const char *certificate,
                              cmhd_target_callback target, MHD_AccessHandlerCallback access,
                              MHD_RequestCompletedCallback completed, void *context) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
  struct addrinfo *address;
  if (getaddrinfo(host, port, &hints, &address) != 0) {
    errno = EADDRNOTAVAIL;
    return NULL;
  }
  unsigned int flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
  if (address->ai_family == AF_INET6) flags |= MHD_USE_IPv6;
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
      {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)certificate},
      {MHD_OPTION_END, 0, NULL},
  };
  if (key)
    flags |= MHD_USE_TLS;
  else
    tls[0].option = MHD_OPTION_END;
  errno = 0;
  struct MHD_Daemon *daemon = MHD_start_daemon(
      flags, 0, NULL, NULL, access, context,                  //
      MHD_OPTION_SOCK_ADDR, address->ai_addr,                 //
      MHD_OPTION_URI_LOG_CALLBACK, target, context,           //
      MHD_OPTION_NOTIFY_COMPLETED, completed, context,        //
      MHD_OPTION_CONNECTION_TIMEOUT, 120u,                    // as IIS has it
      // Room for a query that is to be refused. All of it is cleared after each request.
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)96 * 1024,
      MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
  int reason = errno;
  freeaddrinfo(address);
  errno = reason;
  return daemon;
}

uint16_t cmhd_port(struct MHD_Daemon *daemon) { return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port; }
