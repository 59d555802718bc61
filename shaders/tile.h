/* tile.h - the piece of a matrix product that a group of lanes holds; included by C and GLSL. */
#ifndef LIMN_TILE_H
#define LIMN_TILE_H

#define TILE_LANES 8
#define TILE_ROWS 16    /* two a lane */
#define TILE_COLUMNS 32 /* four a lane */

#endif
