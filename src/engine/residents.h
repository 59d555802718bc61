/* residents.h - the networks that lie on the device, kept from one picture to the next.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/act.h"
#include "engine/residency.h"

G_BEGIN_DECLS

typedef struct _LimnResidents LimnResidents;

/* gpu: borrowed. */
LimnResidents *limn_residents_new (LimnGpu *gpu);
void limn_residents_free (LimnResidents *residents);
void limn_residents_clear (LimnResidents *residents);

/* Starts a run: networks of models that it does not need leave.  Where it brings a model, all that is known of these
 * others is forgotten with them. */
void limn_residents_begin (LimnResidents *residents, const LimnAct *acts, LimnResidency residency);
/* Bytes of weights that a run would bring to the device: what is not there yet or leaves and comes again under
 * residency. */
guint64 limn_residents_missing (LimnResidents *residents, const LimnAct *acts, LimnResidency residency);
/* What network->precision comes to, as asked for: fp32 where it has overflowed in fp16. */
LimnPrecision limn_residents_precision (LimnResidents *residents, const LimnNetwork *network);

/* The network, which act needs, as its kind has it (LimnUnet, LimnVae ...): the one that is there, if it serves (with
 * at least so many steps), or a new one, having first removed what may not stay beside it.  Where the device refuses
 * memory all the same, what act does not need leaves and it is tried once more; then in less and less room.  Owned by
 * residents, valid while act is at work. */
gpointer limn_residents_fetch (LimnResidents *residents, const LimnAct *act, const LimnNetwork *network,
                               const LimnTick *tick, GError **error);
/* What the run has come to by what the device refused: LIMN_RESIDENCY_ONE or LIMN_RESIDENCY_STREAMED; where it refused
 * nothing, LIMN_RESIDENCY_ALL. */
LimnResidency limn_residents_lowered (LimnResidents *residents);
/* Removes the network, which overflowed: from now on a request for it at any precision gives fp32.  FALSE where that is
 * what it was. */
gboolean limn_residents_raise (LimnResidents *residents, const LimnNetwork *network);

/* A text encoder's answer for one chunk of ids, kept between runs. */
typedef struct {
  gsize n_hidden, n_pooled;
  float *hidden, *pooled;
} LimnEncoding;

/* NULL where it is not known. */
const LimnEncoding *limn_residents_find_encoding (LimnResidents *residents, const LimnNetwork *encoder, const int *ids);
/* Copies hidden and pooled (may be NULL). */
void limn_residents_add_encoding (LimnResidents *residents, const LimnNetwork *encoder, const int *ids,
                                  const float *hidden, gsize n_hidden, const float *pooled, gsize n_pooled);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnResidents, limn_residents_free)

G_END_DECLS
