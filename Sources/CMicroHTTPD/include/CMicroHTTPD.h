#pragma once
#include <microhttpd.h>

/// Called with a request's target as it came; what it returns is the request's slot from then on.
typedef void *(*cmhd_target_callback)(void *context, const char *target, struct MHD_Connection *connection);

/// Starts a server with a thread for each connection, on `host` and `port` (0: any free one).
/// With PEM texts in `key` and `certificate` it speaks TLS. NULL on failure, with the reason in `errno`.
struct MHD_Daemon *cmhd_start(const char *host, const char *port, const char *key, const char *certificate,
                              cmhd_target_callback target, MHD_AccessHandlerCallback access,
                              MHD_RequestCompletedCallback completed, void *context);

/// The port that the server listens on.
uint16_t cmhd_port(struct MHD_Daemon *daemon);
