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

#ifdef SHARED_LANES

shared float lanes_shared[8];

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

float
lane_get (float value, int from)
{
  barrier ();
  lanes_shared[gl_LocalInvocationID.x] = value;
  barrier ();
  return lanes_shared[from];
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
void
lanes_transpose (inout float v[8])
{
  [[unroll]] for (int step = 4; step > 0; step >>= 1)
  {
    bool high = (lane () & step) != 0;
    [[unroll]] for (int i = 0; i < 8; i++)
    {
      if ((i & step) == 0) {
        float give = high ? v[i] : v[i + step];
        float got = lane_xor (give, step);
        v[i] = high ? got : v[i];
        v[i + step] = high ? v[i + step] : got;
      }
    }
  }
}

#endif
