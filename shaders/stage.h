/* stage.h - the numbers of shaders whose workgroups hold a tile in shared memory; included by C and GLSL. */
#ifndef LIMN_STAGE_H
#define LIMN_STAGE_H

/* Specialisation constants, after matmul.h's and attention.h's. */
#define STAGE_TILE_ROWS 7    /* of a product that a workgroup holds */
#define STAGE_TILE_COLUMNS 8
#define STAGE_TILE_K 9       /* of both operands at a time: a multiple of 8, and of the matrices' */
#define STAGE_PART_ROWS 10   /* of the tile that a subgroup (matrix.glsl) or a lane (block.glsl) holds */
#define STAGE_PART_COLUMNS 11
#define STAGE_MATRIX_M 12    /* the device's matrices: M x K times K x N */
#define STAGE_MATRIX_N 13
#define STAGE_MATRIX_K 14
#define STAGE_CONSTANTS 15

#endif
