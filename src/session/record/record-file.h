/* record-file.h - the file of a record: a header, then an entry for each finished step, each with its checksum.
 *
 * Version 1 kept no more than latents of each step: a run of Euler, which needs no more; version 2 knew of no
 * ControlNets, version 3 of nothing that makes a picture larger, version 4 of no part that is painted by itself,
 * version 5 of no box that is painted again.  Grows by whole entries; what a crash left torn at its end is not there
 * for a reader, and is cut off before the next entry is written.  A power cut costs a run at most its last seconds, and
 * one that has ended nothing.  Numbers are little-endian.  Any thread, a writer on one at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "session/record/kept.h"
#include "session/record/record.h"

G_BEGIN_DECLS

/* What the picture's metadata say that a run went on from: LimnStart without its latents. */
typedef struct {
  int step, steps;        /* 0, 0: it began at the beginning */
  const char *schedule;   /* of limn_schedule_choice (); interned */
  const char *prediction; /* of limn_prediction_choice (); interned */
  const char *like;       /* of limn_like_choice (); interned */
  const char *sampler;    /* of limn_sampler_choice (); interned; NULL: an older file does not say */
  double strength;        /* of a run over a picture; 0: over none */
  double eta;             /* of the sampler */
  char *from;             /* JSON of the request that left the latents, or NULL */
} LimnRecordStart;

void limn_record_start_assign (LimnRecordStart *start, const LimnRecordStart *from);
void limn_record_start_clear (LimnRecordStart *start);

/* What does not change while a run paints. */
typedef struct {
  char *id, *parent_id; /* parent_id: NULL for a root */
  int parent_step;
  LimnSettings *settings; /* with pictures only where the run is of this session */
  LimnKept kept;          /* these by name */
  char *request;          /* limn_request_to_json () as in the picture */
  int begin, steps;       /* the run does [begin, steps) of its schedule, as far as is known before its first step */
  double *handoffs;       /* [steps], see limn_request_handoffs (); or NULL */
  LimnRecordStart start;
  int own; /* of a branch: steps before its first one, the last ones, that were told the same: its tails have some */
  LimnRecordStart entry; /* the same of the latents in the file that it really began with; from: NULL */
} LimnRecordHeader;

void limn_record_header_free (LimnRecordHeader *header);
LimnRecordHeader *limn_record_header_copy (const LimnRecordHeader *header);
/* How many of the steps before and of this run, the last ones, were told what it tells its steps: where so many are its
 * own. */
guint limn_record_header_own (const LimnRecordHeader *header, int steps);
/* What the latents after a step of this run are. */
LimnRecordStart limn_record_header_start (const LimnRecordHeader *header, int schedule_step);

typedef struct _LimnTrailPoint LimnTrailPoint; /* see trail.h */

/* Where an entry with latents is. */
typedef struct {
  int schedule_step;
  int planes, width, height; /* of the latents */
  gint64 offset;             /* of the entry in the file; -1: not on disk */
} LimnRecordPlace;

/* ---- Writing ---- */

typedef struct _LimnRecordWriter LimnRecordWriter;

/* Makes the file, which must not exist yet. */
LimnRecordWriter *limn_record_writer_new (const char *path, const LimnRecordHeader *header, GError **error);
/* Goes on after the last whole entry; an end that was written before counts no more.  Neither works where another
 * process has a writer on the file. */
LimnRecordWriter *limn_record_writer_reopen (const char *path, GError **error);
/* rgb: [height, width, 3], or NULL for what was there before the run's first step: the points of the run that a branch
 * goes on from, rising, or the noise.  In the file, past Limn's own memory, when this returns.  After an error the file
 * is as before. */
gboolean limn_record_writer_add (LimnRecordWriter *writer, LimnRecordPlace *place, const LimnTrailPoint *point,
                                 const guint8 *rgb, GError **error);
gboolean limn_record_writer_end (LimnRecordWriter *writer, LimnRecordState state, const char *message,
                                 const char *picture_path, GError **error);
void limn_record_writer_free (LimnRecordWriter *writer);

/* ---- Reading ---- */

typedef struct {
  LimnRecordHeader *header;
  GArray *steps;         /* LimnRecordPlace, of the finished steps, rising */
  GArray *before;        /* LimnRecordPlace, of the points before these, rising; the last: what it began with */
  LimnRecordState state; /* never LIMN_RECORD_RUNNING */
  char *message, *picture_path;
  gint64 size; /* up to the end of the last whole entry */
} LimnRecordFile;

/* NULL where not even the header is whole (LIMN_ERROR_FORMAT), or it cannot be read or is of another version
 * (LIMN_ERROR_FILE).  Reads entries' heads, and the last entry where the run was interrupted. */
LimnRecordFile *limn_record_file_scan (const char *path, GError **error);
void limn_record_file_free (LimnRecordFile *file);
/* point_out, image_out: NULL where not wanted.  LIMN_ERROR_FORMAT where the checksum is wrong. */
gboolean limn_record_file_read (const char *path, const LimnRecordPlace *place, LimnTrailPoint **point_out,
                                LimnImage **image_out, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRecordHeader, limn_record_header_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRecordWriter, limn_record_writer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRecordFile, limn_record_file_free)

G_END_DECLS
