/* guard.h - who may ask: pure functions of a request's headers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether the header Host names this computer in a way that no name server has a say in: "localhost" or an address of
 * the loopback, with any port.  What a web page reaches under a name of its own (DNS rebinding) is refused so.  host:
 * may be NULL. */
gboolean limn_guard_host (const char *host);
/* Whether a web page of that origin may ask; what is no web page has none.  allowed: ended by NULL, or NULL. */
gboolean limn_guard_origin (const char *origin, const char *const *allowed);
/* Whether the header Authorization has the token: "Bearer TOKEN", or "Basic" with the token as the password, or as all
 * of it where it is "name:password".  Takes as long for any wrong token of one length.  authorization: may be NULL;
 * token: NULL or "" needs none. */
gboolean limn_guard_token (const char *authorization, const char *token);

G_END_DECLS
