/* residents.c - see residents.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/residents.h"

#include <string.h>

#include "engine/model.h"
#include "model/lora.h"

/* Prompts a person goes back and forth between; 64 chunks of SDXL's encoders are 60 MB. */
#define MOST_ENCODINGS 64

/* What is known of a network; it outlives the network itself. */
typedef struct {
  LimnNetwork as;  /* what was built; holds references to model and weights */
  gpointer built;  /* NULL: not on the device */
  gboolean raised; /* fp16 overflowed */
} Resident;

struct _LimnResidents {
  LimnGpu *gpu;
  LimnResidency residency;
  GPtrArray *all;        /* Resident */
  GHashTable *encodings; /* GBytes of an EncodingKey -> LimnEncoding; their models are among those of all */
};

typedef struct {
  const LimnNetworkKind *kind;
  LimnModel *model;
  gint32 precision, skipped;
  gint32 ids[77];
} EncodingKey; /* and the text of what is merged */

static void
resident_empty (Resident *resident)
{
  g_clear_pointer (&resident->built, resident->as.kind->free);
}

static void
resident_free (Resident *resident)
{
  resident_empty (resident);
  limn_checkpoint_unref (resident->as.weights);
  limn_model_unref (resident->as.model);
  g_free (resident);
}

static void
encoding_free (LimnEncoding *encoding)
{
  g_free (encoding->hidden);
  g_free (encoding->pooled);
  g_free (encoding);
}

LimnResidents *
limn_residents_new (LimnGpu *gpu)
{
  LimnResidents *residents = g_new0 (LimnResidents, 1);

  residents->gpu = gpu;
  residents->all = g_ptr_array_new_with_free_func ((GDestroyNotify) resident_free);
  residents->encodings = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref,
                                                (GDestroyNotify) encoding_free);
  return residents;
}

void
limn_residents_clear (LimnResidents *residents)
{
  g_hash_table_remove_all (residents->encodings);
  g_ptr_array_set_size (residents->all, 0);
}

void
limn_residents_free (LimnResidents *residents)
{
  if (residents == NULL)
    return;
  g_hash_table_unref (residents->encodings);
  g_ptr_array_unref (residents->all);
  g_free (residents);
}

static Resident *
find (const LimnResidents *residents, const LimnNetwork *network)
{
  for (guint i = 0; i < residents->all->len; i++) {
    Resident *resident = residents->all->pdata[i];

    if (limn_network_is (&resident->as, network))
      return resident;
  }
  return NULL;
}

static Resident *
find_or_add (LimnResidents *residents, const LimnNetwork *network)
{
  Resident *resident = find (residents, network);

  if (resident == NULL) {
    resident = g_new0 (Resident, 1);
    resident->as = *network;
    limn_model_ref (resident->as.model);
    resident->as.weights = limn_checkpoint_ref (limn_network_weights (network));
    g_ptr_array_add (residents->all, resident);
  }
  return resident;
}

/* ---- From run to run ---- */

static gboolean
knows (const LimnResidents *residents, LimnModel *model)
{
  for (guint i = 0; i < residents->all->len; i++)
    if (((const Resident *) residents->all->pdata[i])->as.model == model)
      return TRUE;
  return FALSE;
}

static gboolean
knows_all (const LimnResidents *residents, const LimnAct *acts)
{
  for (const LimnAct *act = acts; act != NULL; act = act->next)
    for (int k = 0; k < act->n_uses; k++)
      if (!knows (residents, act->uses[k].network.model))
        return FALSE;
  return TRUE;
}

static gboolean
is_of_another_cb (gpointer key, gpointer value, gpointer data)
{
  const EncodingKey *encoding = g_bytes_get_data (key, NULL);

  return !limn_acts_name (data, encoding->model);
}

void
limn_residents_begin (LimnResidents *residents, const LimnAct *acts, LimnResidency residency)
{
  gboolean same = knows_all (residents, acts);

  if (!same)
    g_hash_table_foreach_remove (residents->encodings, is_of_another_cb, (gpointer) acts);
  for (guint i = residents->all->len; i-- > 0;) {
    Resident *resident = residents->all->pdata[i];

    if (limn_acts_name (acts, resident->as.model))
      continue;
    if (same)
      resident_empty (resident);
    else
      g_ptr_array_remove_index (residents->all, i);
  }
  residents->residency = residency;
}

static LimnPrecision
effective (const Resident *resident, LimnPrecision precision)
{
  gboolean raised = resident != NULL && resident->raised;

  return raised || precision == LIMN_PRECISION_FP32 ? LIMN_PRECISION_FP32 : LIMN_PRECISION_FP16;
}

LimnPrecision
limn_residents_precision (LimnResidents *residents, const LimnNetwork *network)
{
  return effective (find (residents, network), network->precision);
}

/* Whether what was built for have does for want. */
static gboolean
shape_serves (const LimnNetworkShape *have, const LimnNetworkShape *want)
{
  return have->batch == want->batch && have->height == want->height && have->width == want->width
         && have->tokens == want->tokens && have->steps >= want->steps && have->skipped == want->skipped;
}

/* Bytes of weights that it has with other LoRAs merged than network's. */
static guint64
other_bytes (const Resident *resident, const LimnNetwork *network)
{
  guint64 values =
      limn_checkpoint_difference (resident->as.weights, limn_network_weights (network), network->kind->part);

  return values * (resident->as.precision == LIMN_PRECISION_FP32 ? 4 : 2);
}

/* Whether what it has can be made network's without changing where it lies. */
static gboolean
weights_serve (const Resident *resident, const LimnNetwork *network)
{
  const LimnNetworkKind *kind = network->kind;
  LimnCheckpoint *have = resident->as.weights, *want = limn_network_weights (network);
  gsize bytes;

  if (have == want || limn_checkpoint_difference (have, want, kind->part) == 0)
    return TRUE;
  return kind->exchange != NULL
         && memcmp (kind->config (kind, have, &bytes), kind->config (kind, want, &bytes), bytes) == 0;
}

/* Whether its weights are there, or can be had where they lie. */
static gboolean
is_ready (const Resident *resident, const LimnNetwork *network)
{
  return resident->built != NULL && resident->as.precision == effective (resident, network->precision)
         && weights_serve (resident, network)
         && (resident->as.kind->reshape != NULL || shape_serves (&resident->as.shape, &network->shape));
}

static gboolean
contains (const GPtrArray *networks, const LimnNetwork *network)
{
  for (guint i = 0; i < networks->len; i++)
    if (limn_network_is (networks->pdata[i], network))
      return TRUE;
  return FALSE;
}

guint64
limn_residents_missing (LimnResidents *residents, const LimnAct *acts, LimnResidency residency)
{
  g_autoptr (GPtrArray) there = g_ptr_array_new (); /* LimnNetwork */
  guint64 missing = 0;

  for (const LimnAct *act = acts; act != NULL; act = act->next)
    for (int k = 0; k < act->n_uses; k++) {
      const LimnNetwork *network = &act->uses[k].network;
      const Resident *resident = find (residents, network);

      if (resident != NULL && is_ready (resident, network) && !contains (there, network)) {
        g_ptr_array_add (there, (gpointer) network);
        missing += other_bytes (resident, network);
      }
    }
  for (const LimnAct *act = acts; act != NULL; act = act->next)
    for (int k = 0; k < act->n_uses; k++) {
      const LimnNetwork *network = &act->uses[k].network;

      if (act->uses[k].evaluations == 0 || contains (there, network))
        continue;
      missing += act->uses[k].cost.weights;
      for (guint i = there->len; i-- > 0;)
        if (!limn_residency_together (residency, act, network, there->pdata[i]))
          g_ptr_array_remove_index_fast (there, i);
      g_ptr_array_add (there, (gpointer) network);
    }
  return missing;
}

/* ---- One network ---- */

static void
make_room (LimnResidents *residents, const LimnAct *act, const LimnNetwork *network, LimnResidency residency)
{
  for (guint i = 0; i < residents->all->len; i++) {
    Resident *resident = residents->all->pdata[i];

    if (!limn_residency_together (residency, act, network, &resident->as))
      resident_empty (resident);
  }
}

static void
take_weights (Resident *resident, const LimnNetwork *network)
{
  LimnCheckpoint *before = resident->as.weights;

  resident->as.weights = limn_checkpoint_ref (limn_network_weights (network));
  limn_checkpoint_unref (before);
}

static gboolean
build (LimnResidents *residents, Resident *resident, const LimnNetwork *network, const LimnTick *tick, GError **error)
{
  const LimnNetworkKind *kind = network->kind;

  resident->as.precision = effective (resident, network->precision);
  resident->as.shape = network->shape;
  take_weights (resident, network);
  resident->built =
      kind->build (kind, residents->gpu, resident->as.weights, resident->as.precision, &network->shape, tick, error);
  return resident->built != NULL;
}

/* Brings it what network has merged. */
static gboolean
exchange (Resident *resident, const LimnNetwork *network, const LimnTick *tick, GError **error)
{
  LimnCheckpoint *weights = limn_network_weights (network);

  if (limn_checkpoint_difference (resident->as.weights, weights, network->kind->part) > 0
      && !network->kind->exchange (resident->built, weights, tick, error)) {
    resident_empty (resident);
    return FALSE;
  }
  take_weights (resident, network);
  return TRUE;
}

static gboolean
reshape (Resident *resident, const LimnNetwork *network, const LimnTick *tick, GError **error)
{
  if (!network->kind->reshape (resident->built, &network->shape, tick, error))
    return FALSE;
  resident->as.shape = network->shape;
  return TRUE;
}

gpointer
limn_residents_fetch (LimnResidents *residents, const LimnAct *act, const LimnNetwork *network, const LimnTick *tick,
                      GError **error)
{
  Resident *resident = find_or_add (residents, network);
  g_autoptr (GError) first = NULL;

  if (is_ready (resident, network)) {
    if (!exchange (resident, network, tick, error))
      return NULL;
    if (shape_serves (&resident->as.shape, &network->shape) || reshape (resident, network, tick, &first))
      return resident->built;
    resident_empty (resident);
  }
  if (first == NULL || g_error_matches (first, LIMN_ERROR, LIMN_ERROR_MEMORY)) {
    g_clear_error (&first);
    make_room (residents, act, network, residents->residency);
    resident_empty (resident);
    if (build (residents, resident, network, tick, &first))
      return resident->built;
  }
  if (g_error_matches (first, LIMN_ERROR, LIMN_ERROR_MEMORY)) {
    g_clear_error (&first);
    make_room (residents, act, network, LIMN_RESIDENCY_ONE);
    if (build (residents, resident, network, tick, &first))
      return resident->built;
  }
  g_propagate_error (error, g_steal_pointer (&first));
  return NULL;
}

gboolean
limn_residents_raise (LimnResidents *residents, const LimnNetwork *network)
{
  Resident *resident = find (residents, network);

  if (resident == NULL || resident->built == NULL || resident->as.precision == LIMN_PRECISION_FP32)
    return FALSE;
  resident_empty (resident);
  resident->raised = TRUE;
  return TRUE;
}

/* ---- What text encoders have said ---- */

static GBytes *
encoding_key (LimnResidents *residents, const LimnNetwork *encoder, const int *ids)
{
  const char *merged = limn_checkpoint_merged (limn_network_weights (encoder), encoder->kind->part);
  EncodingKey key = { .kind = encoder->kind, .model = encoder->model };
  GByteArray *all = g_byte_array_new ();

  key.precision = limn_residents_precision (residents, encoder);
  key.skipped = encoder->shape.skipped;
  for (gsize i = 0; i < G_N_ELEMENTS (key.ids); i++)
    key.ids[i] = ids[i];
  g_byte_array_append (all, (const guint8 *) &key, sizeof key);
  g_byte_array_append (all, (const guint8 *) merged, (guint) strlen (merged));
  return g_byte_array_free_to_bytes (all);
}

const LimnEncoding *
limn_residents_find_encoding (LimnResidents *residents, const LimnNetwork *encoder, const int *ids)
{
  g_autoptr (GBytes) key = encoding_key (residents, encoder, ids);

  return g_hash_table_lookup (residents->encodings, key);
}

void
limn_residents_add_encoding (LimnResidents *residents, const LimnNetwork *encoder, const int *ids, const float *hidden,
                             gsize n_hidden, const float *pooled, gsize n_pooled)
{
  LimnEncoding *encoding = g_new0 (LimnEncoding, 1);

  encoding->n_hidden = n_hidden;
  encoding->hidden = g_memdup2 (hidden, n_hidden * sizeof (float));
  if (pooled != NULL) {
    encoding->n_pooled = n_pooled;
    encoding->pooled = g_memdup2 (pooled, n_pooled * sizeof (float));
  }
  if (g_hash_table_size (residents->encodings) >= MOST_ENCODINGS)
    g_hash_table_remove_all (residents->encodings);
  g_hash_table_insert (residents->encodings, encoding_key (residents, encoder, ids), encoding);
}
