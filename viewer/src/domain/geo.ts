/** Small plane geometry on lon/lat degrees: good to a few centimetres over a county town. */
import type { AnyGeometry, Extent, Geometry, LineString, LonLat, MultiLineString } from "./types";

const EARTH_RADIUS_M = 6_371_008.8;
const RAD = Math.PI / 180;

/** Metres a degree of longitude and of latitude at this latitude. */
export function metresPerDegree(lat_deg: number): [number, number] {
  const perDegree = EARTH_RADIUS_M * RAD;
  return [perDegree * Math.cos(lat_deg * RAD), perDegree];
}

const SEMI_MAJOR_M = 6_378_137;
const FLATTENING = 1 / 298.257223563;

/** Height above the WGS 84 ellipsoid of an Earth-centred position, metres (Bowring 1976, one step: good to a micrometre). */
export function ellipsoidalHeight([x, y, z]: [number, number, number]): number {
  const b = SEMI_MAJOR_M * (1 - FLATTENING);
  const e2 = FLATTENING * (2 - FLATTENING);
  const p = Math.hypot(x, y);
  const theta = Math.atan2(z * SEMI_MAJOR_M, p * b);
  const lat = Math.atan2(z + (e2 / (1 - e2)) * b * Math.sin(theta) ** 3, p - e2 * SEMI_MAJOR_M * Math.cos(theta) ** 3);
  const normal = SEMI_MAJOR_M / Math.sqrt(1 - e2 * Math.sin(lat) ** 2);
  return p * Math.cos(lat) + z * Math.sin(lat) - normal * (1 - e2 * Math.sin(lat) ** 2);
}

export function distanceMetres(a: LonLat, b: LonLat): number {
  const [kx, ky] = metresPerDegree((a[1] + b[1]) / 2);
  return Math.hypot((b[0] - a[0]) * kx, (b[1] - a[1]) * ky);
}

/** Bearing from a to b, radians clockwise from north, −π … π. */
export function bearingRad(a: LonLat, b: LonLat): number {
  const [kx, ky] = metresPerDegree((a[1] + b[1]) / 2);
  return Math.atan2((b[0] - a[0]) * kx, (b[1] - a[1]) * ky);
}

/** The longest part of a centreline as plain positions. */
export function linePositions(line: LineString | MultiLineString): LonLat[] {
  const parts = line.type === "LineString" ? [line.coordinates] : line.coordinates;
  const positions = parts.map((part) => part.map((p) => [p[0] ?? 0, p[1] ?? 0] as LonLat));
  return positions.sort((a, b) => lineLength(b) - lineLength(a))[0] ?? [];
}

export function lineLength(line: readonly LonLat[]): number {
  let length = 0;
  for (let i = 1; i < line.length; i++) length += distanceMetres(line[i - 1] as LonLat, line[i] as LonLat);
  return length;
}

/** Point `chainage_m` metres along the line, clamped to its ends. */
export function pointAlong(line: readonly LonLat[], chainage_m: number): LonLat {
  const first = line[0];
  if (!first) throw new RangeError("a line needs at least one point");
  let rest = chainage_m;
  if (rest <= 0) return first;
  for (let i = 1; i < line.length; i++) {
    const a = line[i - 1] as LonLat;
    const b = line[i] as LonLat;
    const length = distanceMetres(a, b);
    if (rest <= length && length > 0) {
      const t = rest / length;
      return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
    }
    rest -= length;
  }
  return line[line.length - 1] ?? first;
}

/** Direction of the line around a chainage, smoothed over `window_m` so that a camera does not jerk at a vertex. */
export function bearingAlong(line: readonly LonLat[], chainage_m: number, window_m = 60): number {
  const length = lineLength(line);
  const from = Math.max(0, Math.min(chainage_m - window_m / 2, length - window_m));
  return bearingRad(pointAlong(line, from), pointAlong(line, Math.min(length, from + window_m)));
}

/** Smallest box around a geometry. */
export function extentOf(geometry: AnyGeometry): Extent {
  const extent: Extent = [180, 90, -180, -90];
  const visit = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === "number" && typeof value[1] === "number") {
      extent[0] = Math.min(extent[0], value[0]);
      extent[1] = Math.min(extent[1], value[1]);
      extent[2] = Math.max(extent[2], value[0]);
      extent[3] = Math.max(extent[3], value[1]);
      return;
    }
    for (const item of value) visit(item);
  };
  for (const part of partsOf(geometry)) visit(part.coordinates);
  return extent;
}

/** The geometries in a collection; any other geometry is its own only part. */
export function partsOf(geometry: AnyGeometry): Geometry[] {
  return geometry.type === "GeometryCollection" ? geometry.geometries : [geometry];
}

/** Whether the positions of a line or polygon say how high they are. */
export function hasHeights(geometry: AnyGeometry): boolean {
  const first = [...linesOf(geometry), ...polygonsOf(geometry).flat()][0]?.[0];
  return first !== undefined && first.length > 2;
}

/** Every ring of a polygonal geometry, grouped by polygon: [outer, …holes]. */
export function polygonsOf(geometry: AnyGeometry | null): number[][][][] {
  if (geometry?.type === "Polygon") return [geometry.coordinates];
  if (geometry?.type === "MultiPolygon") return geometry.coordinates;
  return [];
}

/** Positions of a point geometry. */
export function pointsOf(geometry: Geometry | null): LonLat[] {
  const points =
    geometry?.type === "Point" ? [geometry.coordinates] : geometry?.type === "MultiPoint" ? geometry.coordinates : [];
  return points.map((p) => [p[0] ?? 0, p[1] ?? 0]);
}

/** A closed ring of 24 corners around a place. */
export function circleRing(center_deg: LonLat, radius_m: number): number[][] {
  const [kx, ky] = metresPerDegree(center_deg[1]);
  return Array.from({ length: 25 }, (_, i) => {
    const angle = (i % 24) * (Math.PI / 12);
    return [center_deg[0] + (Math.cos(angle) * radius_m) / kx, center_deg[1] + (Math.sin(angle) * radius_m) / ky];
  });
}

export function linesOf(geometry: AnyGeometry | null): number[][][] {
  if (geometry?.type === "LineString") return [geometry.coordinates];
  if (geometry?.type === "MultiLineString") return geometry.coordinates;
  return [];
}

/** A ring pushed outward by `metres` at every corner, whichever way it winds; keeps a line clear of the wall it marks. */
export function offsetRing(ring: number[][], metres: number): number[][] {
  const first = ring[0];
  if (!first || ring.length < 4) return ring;
  const [kx, ky] = metresPerDegree(first[1] ?? 0);
  const open = ring.slice(0, -1).map((p): LonLat => [(p[0] ?? 0) * kx, (p[1] ?? 0) * ky]);
  const count = open.length;
  const at = (i: number) => open[(i + count) % count] as LonLat;
  const area = open.reduce((sum, p, i) => sum + p[0] * at(i + 1)[1] - at(i + 1)[0] * p[1], 0);
  const outward = area > 0 ? metres : -metres;
  const normal = (a: LonLat, b: LonLat): LonLat => {
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    return [(b[1] - a[1]) / length, (a[0] - b[0]) / length];
  };
  const moved = open.map((p, i): number[] => {
    const [a, b] = [normal(at(i - 1), p), normal(p, at(i + 1))];
    const miter = Math.max(1 + a[0] * b[0] + a[1] * b[1], 0.25);
    return [(p[0] + ((a[0] + b[0]) / miter) * outward) / kx, (p[1] + ((a[1] + b[1]) / miter) * outward) / ky];
  });
  return [...moved, moved[0] as number[]];
}

const CORNER_COS = Math.cos((25 * Math.PI) / 180);

/** Positions of a closed ring where it turns by more than 25°: edges worth drawing, not facets of a curve. */
export function cornersOf(ring: number[][]): number[][] {
  const open = ring.slice(0, -1);
  const [kx, ky] = metresPerDegree(open[0]?.[1] ?? 0);
  return open.filter((p, i) => {
    const [a, b] = [open[(i + open.length - 1) % open.length], open[(i + 1) % open.length]];
    if (!a || !b) return true;
    const [ux, uy] = [((p[0] ?? 0) - (a[0] ?? 0)) * kx, ((p[1] ?? 0) - (a[1] ?? 0)) * ky];
    const [vx, vy] = [((b[0] ?? 0) - (p[0] ?? 0)) * kx, ((b[1] ?? 0) - (p[1] ?? 0)) * ky];
    return ux * vx + uy * vy < CORNER_COS * Math.hypot(ux, uy) * Math.hypot(vx, vy);
  });
}
