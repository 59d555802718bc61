/* buffer-size.c - how long buffers and their views are made: numbers alone.
 *
 * Lavapipe compiles each shader anew for every set of texel buffers that are a power of two or are not; and for every
 * set of views of which bits 8 to 15 of the length are all zero or not, for which limn_buffer_view_size () needs room.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/buffer.h"

#define VIEW_ROOM 256
#define APART 16 /* from a power of two */

guint64
limn_buffer_room (guint64 size)
{
  size += VIEW_ROOM;
  return (size & (size - 1)) == 0 ? size + APART : size;
}

guint64
limn_buffer_import_size (guint64 size)
{
  return (size & (size - 1)) == 0 ? size - APART : size;
}

guint64
limn_buffer_most (guint64 allocation)
{
  return allocation > VIEW_ROOM + APART ? allocation - VIEW_ROOM - APART : 0;
}

guint64
limn_buffer_view_size (guint64 size)
{
  return (size & 0xff00) == 0 ? size + VIEW_ROOM : size;
}
