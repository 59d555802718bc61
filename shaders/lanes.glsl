// lanes.glsl - groups of eight lanes that share values.
//
// A group is eight neighbouring lanes of a subgroup, or, with SHARED_LANES (subgroups narrower than eight), a workgroup
// of eight invocations that share through memory.  All eight must call each function together.
#ifndef LIMN_LANES_GLSL
#define LIMN_LANES_GLSL

#extension GL_EXT_control_flow_attributes : require

layout (local_size_x_id = 0, local_size_y = 1, local_size_z = 1) in;
layout (constant_id = 0) const int WORKGROUP = 8; // lanes
layout (constant_id = 1) const bool ALONE = true; // a subgroup is one group: lanes are counted from zero

// Values of which lanes may take each other's.
#define LANES_SLOTS 16

#ifdef SHARED_LANES

shared float lanes_shared[LANES_SLOTS * 8];

int
lane ()
{
  return int (gl_LocalInvocationID.x);
}

int
group ()
{
  return int (gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x);
}

// Between lanes_open () and lanes_close () each lane offers its values; then any lane may take them.
void
lanes_open ()
{
  barrier ();
}

void
lanes_offer (int slot, float value)
{
  lanes_shared[slot * 8 + lane ()] = value;
}

void
lanes_close ()
{
  barrier ();
}

float
lanes_take (int slot, int from)
{
  return lanes_shared[slot * 8 + from];
}

float
lane_get (float value, int from)
{
  lanes_open ();
  lanes_offer (0, value);
  lanes_close ();
  return lanes_take (0, from);
}

#else

#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

int
lane ()
{
  return int (gl_SubgroupInvocationID & 7u);
}

// The group's number among all of the dispatch.
int
group ()
{
  return int (gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x) * (WORKGROUP / 8)
         + int (gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID) / 8;
}

float
lane_get (float value, int from)
{
  return subgroupShuffle (value, ALONE ? uint (from) : (gl_SubgroupInvocationID & ~7u) + uint (from));
}

float lanes_offered[LANES_SLOTS];

void
lanes_open ()
{
}

void
lanes_offer (int slot, float value)
{
  lanes_offered[slot] = value;
}

void
lanes_close ()
{
}

// slot: a constant.
float
lanes_take (int slot, int from)
{
  return lane_get (lanes_offered[slot], from);
}

#endif

float
lane_xor (float value, int mask)
{
  return lane_get (value, lane () ^ mask);
}

float
lanes_sum (float v)
{
  v += lane_xor (v, 1);
  v += lane_xor (v, 2);
  return v + lane_xor (v, 4);
}

float
lanes_max (float v)
{
  v = max (v, lane_xor (v, 1));
  v = max (v, lane_xor (v, 2));
  return max (v, lane_xor (v, 4));
}

// Transposes an 8 x 8 block: lane i gives v[0..7] and receives element i of lanes 0..7.
#ifdef SHARED_LANES

void
lanes_transpose (inout float v[8])
{
  lanes_open ();
  [[unroll]] for (int i = 0; i < 8; i++) lanes_offer (i, v[i]);
  lanes_close ();
  [[unroll]] for (int i = 0; i < 8; i++) v[i] = lanes_take (lane (), i);
}

#else

void
exchange (inout float v[8], int step)
{
  bool high = (lane () & step) != 0;
  [[unroll]] for (int i = 0; i < 8; i++)
  {
    if ((i & step) == 0) {
      float got = lane_xor (high ? v[i] : v[i + step], step);
      v[i] = high ? got : v[i];
      v[i + step] = high ? v[i + step] : got;
    }
  }
}

void
lanes_transpose (inout float v[8])
{
  exchange (v, 4);
  exchange (v, 2);
  exchange (v, 1);
}

#endif

#endif
