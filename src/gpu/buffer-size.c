/* buffer-size.c - how long buffers and their views are made: numbers alone.
 *
 * Lavapipe compiles each shader anew for every set of texel buffers that are a power of two or are not; and for every
 * set of views of which bits 8 to 15 of the length are all zero or not, for which limn_buffer_view_size () needs room.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/buffer.h"

#define VIEW_ROOM 256

guint64
limn_buffer_room (guint64 size)
{
  size += VIEW_ROOM;
  return (size & (size - 1)) == 0 ? size + 16 : size;
}

guint64
limn_buffer_view_size (guint64 size)
{
  return (size & 0xff00) == 0 ? size + VIEW_ROOM : size;
}
