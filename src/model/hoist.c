/* hoist.c - what no step changes: noted where a step's plan meets it, computed by a plan of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/hoist.h"

#include <string.h>

#include "model/layers.h"
#include "model/net-private.h"

void
limn_net_set_hoist_shape (LimnNet *net, int n, int tokens, int steps)
{
  net->hoist_n = n;
  net->hoist_tokens = tokens;
  net->hoist_steps = steps;
}

void
limn_net_set_nag (LimnNet *net, const LimnNag *nag)
{
  net->nag = *nag;
}

const LimnNag *
limn_net_nag (LimnNet *net)
{
  return &net->nag;
}

void
limn_net_set_regions (LimnNet *net, int n, int masks)
{
  net->regions = n;
  net->masks = masks;
  net->n_grids = 0;
}

void
limn_net_set_pictures (LimnNet *net, const LimnNetPictures *pictures)
{
  net->pictures = *pictures;
}

const LimnNetPictures *
limn_net_pictures (LimnNet *net)
{
  return &net->pictures;
}

int
limn_net_regions (LimnNet *net)
{
  return net->regions;
}

LimnArray
limn_net_shares (LimnNet *net, int h, int w)
{
  for (int i = 0; i < net->n_grids; i++)
    if (net->grids[i].h == h && net->grids[i].w == w)
      return net->grids[i];
  g_assert (net->n_grids < LIMN_MOST_GRIDS);
  net->grids[net->n_grids] = limn_plan_host_array (net->plan, LIMN_STORE_F32, 1, h, w, net->regions + net->masks);
  return net->grids[net->n_grids++];
}

int
limn_net_grids (LimnNet *net, LimnArray *grids)
{
  memcpy (grids, net->grids, sizeof (LimnArray) * (gsize) net->n_grids);
  return net->n_grids;
}

/* The result as storage of the net in the plan being written. */
static LimnArray
result (LimnNet *net, const LimnHoisted *hoisted)
{
  int columns = hoisted->columns * (int) g_strv_length (hoisted->names);

  if (hoisted->input != LIMN_HOIST_TIME)
    return limn_plan_external (net->plan, net->store, net->hoist_n, hoisted->tokens, 1, columns);
  return limn_plan_external (net->plan, LIMN_STORE_F32, net->hoist_steps * net->hoist_n, 1, 1, columns);
}

LimnArray
limn_net_hoist (LimnNet *net, LimnHoistInput input, int region, const char *const *names, int columns, gboolean no_bias)
{
  LimnHoisted hoisted = {
    .scope = g_strdup (net->scope->str),
    .names = g_strdupv ((GStrv) names),
    .input = input,
    .region = region,
    .tokens = input == LIMN_HOIST_PICTURE ? net->pictures.config->controls[region].ip.tokens : net->hoist_tokens,
    .columns = columns,
    .no_bias = no_bias,
    .reader = net->plan,
  };

  hoisted.read = result (net, &hoisted);
  g_array_append_val (net->hoisted, hoisted);
  return hoisted.read;
}

LimnArray
limn_net_hoist_array (LimnNet *net, int n, int h, int w, int c)
{
  const LimnHoisted hoisted = {
    .scope = g_strdup (net->scope->str),
    .reader = net->plan,
    .read = limn_plan_external (net->plan, net->store, n, h, w, c),
  };

  g_array_append_val (net->hoisted, hoisted);
  return hoisted.read;
}

LimnArray
limn_net_hoisted_array (LimnNet *net)
{
  for (guint i = 0; i < net->hoisted->len; i++) {
    LimnHoisted *hoisted = &g_array_index (net->hoisted, LimnHoisted, i);
    LimnArray read = hoisted->read;

    if (hoisted->names != NULL || strcmp (hoisted->scope, net->scope->str) != 0)
      continue;
    hoisted->written = limn_plan_external (net->plan, read.store, read.n, read.h, read.w, read.c);
    return hoisted->written;
  }
  g_assert_not_reached ();
}

void
limn_net_hoisted (LimnNet *net, const char *under, const LimnHoistInputs *inputs)
{
  for (guint i = 0; i < net->hoisted->len; i++) {
    LimnHoisted *hoisted = &g_array_index (net->hoisted, LimnHoisted, i);
    if (hoisted->written.id != 0 || !g_str_has_prefix (hoisted->scope, under))
      continue;
    gboolean of_time = hoisted->input == LIMN_HOIST_TIME;
    const LimnArray *const given[] = {
      [LIMN_HOIST_CONTEXT] = inputs->contexts,
      [LIMN_HOIST_AGAINST] = inputs->against,
      [LIMN_HOIST_TIME] = &inputs->time,
      [LIMN_HOIST_PICTURE] = inputs->pictures,
    };
    LimnArray input = given[hoisted->input][hoisted->region];

    limn_net_set_scope (net, hoisted->scope);
    hoisted->written = result (net, hoisted);
    limn_linears (
        net, (const char *const *) hoisted->names, input, hoisted->columns,
        &(LimnLayerOptions){ .no_bias = hoisted->no_bias, .finish = { .out_f32 = of_time, .into = hoisted->written } });
  }
  limn_net_set_scope (net, "");
}

void
limn_net_clear_hoisted (LimnNet *net)
{
  g_array_set_size (net->hoisted, 0);
  g_clear_pointer (&net->hoist_buffers, g_ptr_array_unref);
}

guint64
limn_net_hoisted_bytes (LimnNet *net)
{
  guint64 bytes = 0;

  for (guint i = 0; i < net->hoisted->len; i++)
    bytes += limn_buffer_room (limn_array_bytes (g_array_index (net->hoisted, LimnHoisted, i).read));
  return bytes;
}
