#pragma once
#include <curl/curl.h>

// Swift can't call variadic C functions, so each type of argument that pbxsyncd passes has a setter or getter of its own.
// CURLOPT_PREREQFUNCTION came with 7.80, CURLOPT_PROTOCOLS_STR with 7.85.
#if LIBCURL_VERSION_NUM < 0x075500
#error "libcurl 7.85 or later is needed"
#endif

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the text, except for CURLOPT_POSTFIELDS. NULL takes the option back.
static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

/// Also for the DATA options that go with a function. libcurl keeps the pointer.
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_write_function(CURL *handle, curl_write_callback function) {
  return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, function);
}

static inline CURLcode ccurl_set_read_function(CURL *handle, curl_read_callback function) {
  return curl_easy_setopt(handle, CURLOPT_READFUNCTION, function);
}

/// libcurl keeps the list until another is set.
static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *list) {
  return curl_easy_setopt(handle, option, list);
}

static inline CURLcode ccurl_set_size(CURL *handle, CURLoption option, long long value) {
  return curl_easy_setopt(handle, option, (curl_off_t)value);
}

/// Header lines come one by one, the empty line at their end included.
static inline CURLcode ccurl_set_header_function(CURL *handle, curl_write_callback function) {
  return curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, function);
}

static inline CURLcode ccurl_set_prereq_function(CURL *handle, curl_prereq_callback function) {
  return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, function);
}

static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

/// The text belongs to the handle and is valid until its next transfer.
static inline CURLcode ccurl_get_text(CURL *handle, CURLINFO info, const char **value) {
  return curl_easy_getinfo(handle, info, (char **)value);
}

/// The certificates belong to the handle.
static inline CURLcode ccurl_get_certificates(CURL *handle, struct curl_certinfo **value) {
  return curl_easy_getinfo(handle, CURLINFO_CERTINFO, value);
}

static curl_socket_t ccurl_given_socket(void *socket, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)purpose;
  (void)address;
  return *(curl_socket_t *)socket;
}

static int ccurl_is_connected(void *socket, curl_socket_t descriptor, curlsocktype purpose) {
  (void)socket;
  (void)descriptor;
  (void)purpose;
  return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/// Lets the next transfer use a socket that is connected already, and close it. The variable must live until then.
static inline CURLcode ccurl_set_socket(CURL *handle, curl_socket_t *socket) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, ccurl_given_socket);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, socket);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, ccurl_is_connected);
  return code;
}
