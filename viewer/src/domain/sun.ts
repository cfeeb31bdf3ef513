/** Where the sun stands, for looking only: spring equinox, Beijing time. Cooper's declination is 0 on that day. */
const RAD = Math.PI / 180;
const STANDARD_MERIDIAN_DEG = 120;
/** Equation of time on 20 March, minutes (NOAA solar equations). */
const EQUATION_OF_TIME_MIN = -7.5;

export interface SunPosition {
  /** clockwise from north */
  azimuth_rad: number;
  altitude_rad: number;
}

export function sunPosition(center_deg: readonly [number, number], hour: number): SunPosition {
  const [lon_deg, lat_deg] = center_deg;
  const solarHour = hour + (lon_deg - STANDARD_MERIDIAN_DEG) / 15 + EQUATION_OF_TIME_MIN / 60;
  const hourAngle = (solarHour - 12) * 15 * RAD;
  const lat = lat_deg * RAD;
  const altitude_rad = Math.asin(Math.cos(lat) * Math.cos(hourAngle));
  const azimuth_rad = Math.PI + Math.atan2(Math.sin(hourAngle), Math.cos(hourAngle) * Math.sin(lat));
  return { azimuth_rad, altitude_rad };
}
