/** GeoJSON as the API sends it: lon/lat degrees. */

export type LonLat = [number, number];
export type Extent = [west: number, south: number, east: number, north: number];

export interface Polygon {
  type: "Polygon";
  coordinates: number[][][];
}
export interface MultiPolygon {
  type: "MultiPolygon";
  coordinates: number[][][][];
}
export interface LineString {
  type: "LineString";
  coordinates: number[][];
}
export interface MultiLineString {
  type: "MultiLineString";
  coordinates: number[][][];
}
export interface Point {
  type: "Point";
  coordinates: number[];
}
export interface MultiPoint {
  type: "MultiPoint";
  coordinates: number[][];
}
export type Geometry = MultiPoint | Polygon | MultiPolygon | LineString | MultiLineString | Point;
export interface GeometryCollection {
  type: "GeometryCollection";
  geometries: Geometry[];
}
export type AnyGeometry = Geometry | GeometryCollection;

export interface Feature<P, G extends Geometry | null = Geometry | null> {
  type: "Feature";
  id?: string;
  geometry: G;
  properties: P;
}
export interface FeatureCollection<P, G extends Geometry | null = Geometry | null> {
  type: "FeatureCollection";
  features: Feature<P, G>[];
}
