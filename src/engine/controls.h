/* controls.h - what a request has its model follow: pictures, each by a ControlNet; part of limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/image-fit.h"

G_BEGIN_DECLS

typedef struct _LimnModel LimnModel;

/* Pointers are borrowed, as LimnRequest's are. */
typedef struct {
  LimnModel *model;        /* limn_model_open_control () */
  const LimnImage *image;  /* of any size */
  LimnFit fit;             /* how it comes to the run's */
  const char *map;         /* NULL: it is what is followed; else which map of it (map/map.h), of static storage */
  const char *type;        /* NULL: by the map; else of which kind it is (base/control-type.h), of static storage */
  const char *mask;        /* NULL: all of the picture; else where it counts, "4x2/1.2.1.4" (base/regions.h), of static
                            * storage; of IP-Adapters alone */
  double weight;           /* of what the network adds */
  double start, end;       /* 0..1: it is asked in step i of n where start <= i / n and (i + 1) / n <= end */
  const char *name, *kept; /* NULL, or what metadata say of the picture: its name, and by which a session kept it */
} LimnControl;

typedef struct {
  const LimnControl *rows;
  guint n;
} LimnControlList;

/* path: a ControlNet's file, or the folder it is in (model/control.h).  Such a model is of no other use. */
LimnModel *limn_model_open_control (const char *path, GError **error);
/* All of its picture, at weight 1, in every step. */
void limn_control_init (LimnControl *control);
/* "weight", "start", "end", "fit", "map", "type", "mask", by index; NULL after the last. */
const char *limn_control_key (guint index);
gboolean limn_control_is_key (const char *key);
/* Sets one of these by text; FALSE with what was expected. */
gboolean limn_control_set (LimnControl *control, const char *key, const char *text, GError **error);
/* Whether it is an IP-Adapter, which sees its picture rather than following it. */
gboolean limn_model_control_sees (LimnModel *model);
/* How many kinds of pictures its network is told apart (ControlNet Union); 0: its are all of one. */
int limn_model_control_types (LimnModel *model);
/* What a network of so many kinds is told, by the type or else by the map: the row of its table and, where title is not
 * NULL, what that is, for people; -1, and "Not told", where neither says it or the network has no such row. */
int limn_control_told (const LimnControl *control, int types, const char **title);
/* What the network is shown of image, which has control's fit and map: width x height pixels.  Pure, any thread; tenths
 * of a second.  (transfer full) */
LimnImage *limn_control_map (const LimnControl *control, int width, int height);
/* The text that sets it so; NULL: no map, no type.  (transfer full) */
char *limn_control_get (const LimnControl *control, const char *key);

G_END_DECLS
