/* residents.c - see residents.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/residents.h"

#include <string.h>

#include "engine/model.h"
#include "base/error.h"
#include "model/lora.h"

/* Prompts a person goes back and forth between; 64 chunks of SDXL's encoders are 60 MB. */
#define MOST_ENCODINGS 64

/* What is known of a network; it outlives the network itself. */
typedef struct {
  LimnNetwork as;  /* what was built; holds references to model and weights */
  gpointer built;  /* NULL: not on the device */
  gboolean raised; /* fp16 overflowed */
  guint64 room;    /* what it was built in, which is less than was asked for; 0: that */
} Resident;

struct _LimnResidents {
  LimnGpu *gpu;
  LimnResidency residency, lowered;
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
  resident->room = 0;
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
  residents->lowered = LIMN_RESIDENCY_ALL;
}

LimnResidency
limn_residents_lowered (LimnResidents *residents)
{
  return residents->lowered;
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

/* Whether what was built in so much room does for what is wanted in another. */
static gboolean
room_serves (guint64 have, guint64 want)
{
  return have == 0 || want == 0 ? have == want : have <= want && have >= want - want / 4;
}

/* Whether what was built for have does for want: all of it counts, but that there may be more steps and a little less
 * room. */
static gboolean
shape_serves (const LimnNetworkShape *have, const LimnNetworkShape *want)
{
  LimnNetworkShape same = *have;

  same.steps = want->steps;
  same.room = want->room;
  return room_serves (have->room, want->room) && have->steps >= want->steps && memcmp (&same, want, sizeof same) == 0;
}

/* Bytes of weights that it has with other LoRAs merged, or of other ControlNets, than network's. */
static guint64
other_bytes (const Resident *resident, const LimnNetwork *network)
{
  guint64 values =
      limn_checkpoint_difference (resident->as.weights, limn_network_weights (network), network->kind->part);

  return values * (resident->as.precision == LIMN_PRECISION_FP32 ? 4 : 2);
}

/* Whether the weights that a network has can be made others without changing where they lie. */
static gboolean
can_exchange (const LimnNetworkKind *kind, LimnCheckpoint *have, LimnCheckpoint *want)
{
  gsize bytes;

  if (have == want || limn_checkpoint_difference (have, want, kind->part) == 0)
    return TRUE;
  gconstpointer config = kind->config (kind, have, &bytes), other = kind->config (kind, want, &bytes);
  return kind->exchange != NULL && memcmp (config, other, bytes) == 0;
}

static gboolean
weights_serve (const Resident *resident, const LimnNetwork *network)
{
  return can_exchange (network->kind, resident->as.weights, limn_network_weights (network));
}

/* What is asked for where it has been built in less. */
static LimnNetworkShape
shape_of (const Resident *resident, const LimnNetwork *network)
{
  LimnNetworkShape shape = network->shape;

  if (resident->room > 0)
    shape.room = resident->room;
  return shape;
}

/* Whether a network of one shape can be had of another without loading it again. */
static gboolean
reshapes (const LimnNetworkKind *kind, const LimnNetworkShape *have, const LimnNetworkShape *want)
{
  return shape_serves (have, want) || (kind->reshape != NULL && have->room == 0 && want->room == 0);
}

/* Whether its weights are there, or can be had where they lie. */
static gboolean
is_ready (const Resident *resident, const LimnNetwork *network)
{
  const LimnNetworkShape shape = shape_of (resident, network);

  return resident->built != NULL && resident->as.precision == effective (resident, network->precision)
         && weights_serve (resident, network) && reshapes (resident->as.kind, &resident->as.shape, &shape);
}

static gboolean
contains (const GPtrArray *networks, const LimnNetwork *network)
{
  for (guint i = 0; i < networks->len; i++) {
    const LimnNetwork *other = networks->pdata[i];

    if (limn_network_is (other, network))
      return (other->shape.room == 0 && network->shape.room == 0) || shape_serves (&other->shape, &network->shape);
  }
  return FALSE;
}

/* What network, which is there with the weights of an act before, has to be brought for those of its own; it is there
 * with these then. */
static guint64
bytes_between (GPtrArray *there, const LimnNetwork *network, LimnPrecision precision, guint64 all)
{
  guint i = 0;

  while (!limn_network_is (there->pdata[i], network))
    i++;
  LimnCheckpoint *have = limn_network_weights (there->pdata[i]), *want = limn_network_weights (network);
  there->pdata[i] = (gpointer) network;
  return can_exchange (network->kind, have, want)
             ? limn_checkpoint_difference (have, want, network->kind->part) * (precision == LIMN_PRECISION_FP32 ? 4 : 2)
             : all;
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

      /* who is not asked keeps what it has merged */
      if (act->uses[k].evaluations > 0 && resident != NULL && is_ready (resident, network)
          && !contains (there, network)) {
        g_ptr_array_add (there, (gpointer) network);
        missing += other_bytes (resident, network);
      }
    }
  for (const LimnAct *act = acts; act != NULL; act = act->next)
    for (int k = 0; k < act->n_uses; k++) {
      const LimnNetwork *network = &act->uses[k].network;

      if (act->uses[k].evaluations == 0)
        continue;
      if (contains (there, network)) {
        missing +=
            bytes_between (there, network, limn_residents_precision (residents, network), act->uses[k].cost.weights);
        continue;
      }
      missing += act->uses[k].cost.weights;
      for (guint i = there->len; i-- > 0;)
        if (limn_network_is (network, there->pdata[i])
            || !limn_residency_together (residency, act, network, there->pdata[i]))
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

  g_clear_error (error);
  resident->as.precision = effective (resident, network->precision);
  resident->as.shape = network->shape;
  take_weights (resident, network);
  resident->built =
      kind->build (kind, residents->gpu, resident->as.weights, resident->as.precision, &network->shape, tick, error);
  return resident->built != NULL;
}

static guint64
bytes_of (LimnResidents *residents, const Resident *resident, const LimnNetwork *network)
{
  gsize bytes;
  gconstpointer config = network->kind->config (network->kind, limn_network_weights (network), &bytes);
  const LimnSurvey survey = network->kind->survey (network->kind, limn_gpu_limits (residents->gpu), config,
                                                   effective (resident, network->precision), &network->shape);

  return survey.weights + survey.work;
}

/* After the device has refused what was asked: once what act does not need has left, in three quarters of the room each
 * time, until less room makes no difference any more.  error: of the refusal; cleared. */
static gboolean
build_in_less (LimnResidents *residents, Resident *resident, const LimnAct *act, const LimnNetwork *network,
               const LimnTick *tick, GError **error)
{
  LimnNetwork less = *network;
  guint64 bytes = bytes_of (residents, resident, network), before;

  make_room (residents, act, network, LIMN_RESIDENCY_ONE);
  while (!build (residents, resident, &less, tick, error)) {
    before = bytes;
    less.shape.room = bytes / 4 * 3;
    bytes = bytes_of (residents, resident, &less);
    if (!g_error_matches (*error, LIMN_ERROR, LIMN_ERROR_MEMORY) || bytes >= before)
      return FALSE;
  }
  resident->room = less.shape.room != network->shape.room ? less.shape.room : 0;
  residents->lowered = MAX (residents->lowered, resident->room > 0 ? LIMN_RESIDENCY_STREAMED : LIMN_RESIDENCY_ONE);
  return TRUE;
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
  gboolean good = FALSE;

  if (is_ready (resident, network)) {
    const LimnNetworkShape shape = shape_of (resident, network);

    if (!exchange (resident, network, tick, error))
      return NULL;
    good = shape_serves (&resident->as.shape, &shape) || reshape (resident, network, tick, &first);
  }
  if (!good && (first == NULL || g_error_matches (first, LIMN_ERROR, LIMN_ERROR_MEMORY))) {
    make_room (residents, act, network, residents->residency);
    resident_empty (resident);
    good = build (residents, resident, network, tick, &first);
  }
  if (!good && g_error_matches (first, LIMN_ERROR, LIMN_ERROR_MEMORY))
    good = build_in_less (residents, resident, act, network, tick, &first);
  if (resident->room > 0)
    residents->lowered = LIMN_RESIDENCY_STREAMED;
  if (good)
    return resident->built;
  resident_empty (resident);
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
