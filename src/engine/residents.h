/* residents.h - the networks that lie on the device, kept from one picture to the next.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"
#include "engine/residency.h"
#include "model/clip.h"
#include "model/unet.h"
#include "model/vae.h"

G_BEGIN_DECLS

typedef struct _LimnResidents LimnResidents;

/* gpu: borrowed. */
LimnResidents *limn_residents_new (LimnGpu *gpu);
void limn_residents_free (LimnResidents *residents);
void limn_residents_clear (LimnResidents *residents);

/* Starts a run: networks of models other than these two leave.  refiner: may be NULL. */
void limn_residents_begin (LimnResidents *residents, LimnModel *model, LimnModel *refiner, LimnResidency residency);
/* Whether encodings that are kept were made by model, in its role as the base or the refiner. */
gboolean limn_residents_serves (LimnResidents *residents, LimnModel *model, gboolean refines);
/* Bytes of weights that a run would bring to the device: what of weights is not there yet or leaves and comes again
 * under residency.  refiner: NULL where none is used.  height, width: of the latent. */
guint64 limn_residents_missing (LimnResidents *residents, LimnModel *model, LimnModel *refiner, LimnResidency residency,
                                LimnPrecision precision, int height, int width, const LimnNeeds *weights);
/* What precision, as asked for, comes to for the network of role: fp32 where model's has overflowed in fp16.  encoder:
 * which of the text encoders, 0 elsewhere. */
LimnPrecision limn_residents_precision (LimnResidents *residents, LimnNetwork role, LimnModel *model, int encoder,
                                        LimnPrecision precision);

/* Each returns the network that is there or makes it, having first removed what may not stay beside it.  Where memory
 * runs out all the same, everything else leaves and it is tried once more.  Owned by residents, valid until the next
 * call.  role: which of the run's networks this is. */
LimnClip *limn_residents_clip (LimnResidents *residents, LimnNetwork role, LimnModel *model, LimnPartId which,
                               LimnPrecision precision, const LimnTick *tick, GError **error);
/* shape->steps: at least so many. */
LimnUnet *limn_residents_unet (LimnResidents *residents, LimnNetwork role, LimnModel *model, LimnPrecision precision,
                               const LimnNetworkShape *shape, const LimnTick *tick, GError **error);
/* height, width: of the latent. */
LimnVae *limn_residents_vae (LimnResidents *residents, LimnNetwork role, LimnModel *model, LimnPrecision precision,
                             int height, int width, const LimnTick *tick, GError **error);

/* Removes the network of role, which overflowed: from now on a request for it at any precision gives fp32.  FALSE where
 * that is what it was.  which: the encoder, else ignored. */
gboolean limn_residents_raise (LimnResidents *residents, LimnNetwork role, LimnPartId which);

/* One encoder's answer for one chunk of ids, kept between runs. */
typedef struct {
  gsize n_hidden, n_pooled;
  float *hidden, *pooled;
} LimnEncoding;

/* NULL where it is not known. */
const LimnEncoding *limn_residents_find_encoding (LimnResidents *residents, LimnNetwork role, LimnPartId which,
                                                  LimnPrecision precision, const int *ids);
/* Copies hidden and pooled (may be NULL). */
void limn_residents_add_encoding (LimnResidents *residents, LimnNetwork role, LimnPartId which, LimnPrecision precision,
                                  const int *ids, const float *hidden, gsize n_hidden, const float *pooled,
                                  gsize n_pooled);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnResidents, limn_residents_free)

G_END_DECLS
