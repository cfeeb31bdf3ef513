PRAGMA application_id=1196444487;
PRAGMA user_version=10400;
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE buildings (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	geom GEOMETRY, 
	dataset TEXT NOT NULL, 
	id TEXT NOT NULL, 
	gid INTEGER NOT NULL, 
	parent_id TEXT, 
	kind TEXT NOT NULL, 
	height_source TEXT, 
	name TEXT, 
	address TEXT, 
	use TEXT, 
	height_m DOUBLE, 
	eave_height_m DOUBLE, 
	base_m DOUBLE, 
	storeys INTEGER, 
	year_built INTEGER, 
	structure TEXT, 
	style TEXT, 
	roof_form TEXT, 
	roof_color TEXT, 
	facade_main_color TEXT, 
	facade_secondary_color TEXT, 
	facade_accent_color TEXT, 
	facade_material TEXT, 
	color_source TEXT, 
	extra TEXT, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	UNIQUE (dataset, id), 
	UNIQUE (dataset, gid)
);
CREATE TABLE elements (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	dataset TEXT NOT NULL, 
	id TEXT NOT NULL, 
	gid INTEGER NOT NULL, 
	parent_id TEXT, 
	kind TEXT NOT NULL, 
	name TEXT, 
	storey TEXT, 
	material TEXT, 
	properties TEXT, 
	base_m DOUBLE, 
	height_m DOUBLE, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	UNIQUE (dataset, id)
);
CREATE TABLE streets (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	geom GEOMETRY, 
	id TEXT NOT NULL, 
	name_zh TEXT, 
	name_en TEXT, 
	class TEXT, 
	width_m DOUBLE, 
	properties TEXT, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	UNIQUE (id)
);
CREATE TABLE frontages (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	geom GEOMETRY, 
	dataset TEXT NOT NULL, 
	building_id TEXT NOT NULL, 
	street_id TEXT NOT NULL, 
	side TEXT, 
	line_side TEXT, 
	chainage_from_m DOUBLE, 
	chainage_to_m DOUBLE, 
	length_m DOUBLE, 
	setback_m DOUBLE, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT
);
CREATE TABLE control_zones (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	geom GEOMETRY, 
	id TEXT NOT NULL, 
	name_zh TEXT, 
	name_en TEXT, 
	level TEXT, 
	description_zh TEXT, 
	description_en TEXT, 
	properties TEXT, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	UNIQUE (id)
);
CREATE TABLE rule_packs (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id TEXT NOT NULL, 
	name_zh TEXT, 
	name_en TEXT, 
	pack_version TEXT, 
	synthetic INTEGER, 
	content TEXT NOT NULL, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	UNIQUE (id)
);
CREATE TABLE control_rules (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	pack_id TEXT NOT NULL, 
	id TEXT NOT NULL, 
	kind TEXT, 
	clause TEXT, 
	nature TEXT, 
	text_zh TEXT, 
	text_en TEXT, 
	applies_to TEXT, 
	parameters TEXT, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	UNIQUE (pack_id, id)
);
CREATE TABLE projects (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	geom GEOMETRY, 
	id TEXT NOT NULL, 
	name_zh TEXT, 
	name_en TEXT, 
	type TEXT, 
	batch TEXT, 
	stage TEXT, 
	geometry_note TEXT, 
	synthetic_geometry INTEGER, 
	properties TEXT, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	UNIQUE (id)
);
CREATE TABLE project_buildings (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	project_id TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	building_id TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	area_share DOUBLE, 
	relation TEXT, 
	buffer_m DOUBLE, 
	included INTEGER, 
	action TEXT, 
	reason TEXT, 
	decided_by TEXT, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	UNIQUE (project_id, dataset, building_id, origin)
);
CREATE TABLE findings (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	geom POINT, 
	id TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	building_id TEXT NOT NULL, 
	gid INTEGER, 
	rule_id TEXT, 
	kind TEXT, 
	clause TEXT, 
	nature TEXT, 
	zone_id TEXT, 
	street_id TEXT, 
	verdict TEXT, 
	original_verdict TEXT, 
	measured_value DOUBLE, 
	measured_text TEXT, 
	limit_min DOUBLE, 
	limit_max DOUBLE, 
	limit_text TEXT, 
	limit_zh TEXT, 
	limit_en TEXT, 
	margin DOUBLE, 
	unit TEXT, 
	source TEXT, 
	confidence TEXT, 
	message_zh TEXT, 
	message_en TEXT, 
	checked_on TEXT, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	severity INTEGER, 
	UNIQUE (id)
);
CREATE TABLE datasets (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id TEXT NOT NULL, 
	name_zh TEXT, 
	name_en TEXT, 
	kind TEXT, 
	crs TEXT, 
	crs_reason TEXT, 
	height_datum TEXT, 
	undulation_m DOUBLE, 
	source_file TEXT, 
	format_id TEXT, 
	synthetic INTEGER, 
	cim_level TEXT, 
	features INTEGER, 
	buildings INTEGER, 
	west_deg DOUBLE, 
	south_deg DOUBLE, 
	east_deg DOUBLE, 
	north_deg DOUBLE, 
	tileset_version TEXT, 
	tileset_tiles INTEGER, 
	tileset_bytes INTEGER, 
	tileset_features INTEGER, 
	height_min_m DOUBLE, 
	height_max_m DOUBLE, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	UNIQUE (id)
);
CREATE TABLE layer_features (
	fid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	geom GEOMETRY, 
	layer TEXT NOT NULL, 
	id TEXT NOT NULL, 
	name_zh TEXT, 
	name_en TEXT, 
	kind TEXT, 
	width_m DOUBLE, 
	properties TEXT, 
	version INTEGER DEFAULT 1 NOT NULL, 
	recorded_from TEXT, 
	UNIQUE (layer, id)
);
CREATE VIRTUAL TABLE rtree_buildings_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE VIRTUAL TABLE rtree_streets_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE VIRTUAL TABLE rtree_frontages_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE VIRTUAL TABLE rtree_control_zones_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE VIRTUAL TABLE rtree_projects_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE VIRTUAL TABLE rtree_layer_features_geom USING rtree(id, minx, maxx, miny, maxy);
INSERT INTO "gpkg_spatial_ref_sys" VALUES ('Undefined cartesian SRS',-1,'NONE',-1,'undefined','undefined cartesian coordinate reference system');
INSERT INTO "gpkg_spatial_ref_sys" VALUES ('Undefined geographic SRS',0,'NONE',0,'undefined','undefined geographic coordinate reference system');
INSERT INTO "gpkg_spatial_ref_sys" VALUES ('WGS 84',4326,'EPSG',4326,'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]','WGS 84');
INSERT INTO "gpkg_spatial_ref_sys" VALUES ('CGCS2000 / 3-degree Gauss-Kruger CM 114E',4547,'EPSG',4547,'PROJCS["CGCS2000 / 3-degree Gauss-Kruger CM 114E",GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",114],PARAMETER["scale_factor",1],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AUTHORITY["EPSG","4547"]]','CGCS2000 / 3-degree Gauss-Kruger CM 114E');
INSERT INTO "gpkg_contents" VALUES ('buildings','features','buildings','Buildings 建筑','2026-11-22T18:32:25.234Z',547900.0,4410700.0,548110.0,4410708.0,4547);
INSERT INTO "gpkg_contents" VALUES ('streets','features','streets','Streets 街道','2026-11-22T18:32:25.237Z',547890.0,4410694.0,548010.0,4410694.0,4547);
INSERT INTO "gpkg_contents" VALUES ('frontages','features','frontages','Street frontages 临街面','2026-11-22T18:32:25.244Z',547900.0,4410700.0,547930.0,4410700.0,4547);
INSERT INTO "gpkg_contents" VALUES ('control_zones','features','control_zones','Control zones 控制区','2026-11-22T18:32:25.239Z',547915.0,4410695.0,552910.0,4410735.0,4547);
INSERT INTO "gpkg_contents" VALUES ('projects','features','projects','Renewal projects 更新项目','2026-11-22T18:32:25.241Z',547899.0,4410699.0,547911.0,4410711.0,4547);
INSERT INTO "gpkg_contents" VALUES ('findings','features','findings','Findings 核查结果','2026-11-22T18:32:25.249Z',547900.0,4410700.0,548110.0,4410708.0,4547);
INSERT INTO "gpkg_contents" VALUES ('layer_features','features','layer_features','Map layers 底图要素','2026-11-22T18:32:25.242Z',547900.0,4411000.0,547910.0,4411008.0,4547);
INSERT INTO "gpkg_contents" VALUES ('elements','attributes','elements','Building elements 构件','2026-11-22T18:32:25.234Z',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gpkg_contents" VALUES ('rule_packs','attributes','rule_packs','Rule packs 规则包','2026-11-22T18:32:25.246Z',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gpkg_contents" VALUES ('control_rules','attributes','control_rules','Control rules 控制规则','2026-11-22T18:32:25.246Z',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gpkg_contents" VALUES ('project_buildings','attributes','project_buildings','Project buildings 项目建筑','2026-11-22T18:32:25.251Z',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gpkg_contents" VALUES ('datasets','attributes','datasets','Datasets 数据集','2026-11-22T18:32:25.234Z',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gpkg_geometry_columns" VALUES ('buildings','geom','GEOMETRY',4547,0,0);
INSERT INTO "gpkg_geometry_columns" VALUES ('streets','geom','GEOMETRY',4547,0,0);
INSERT INTO "gpkg_geometry_columns" VALUES ('frontages','geom','GEOMETRY',4547,0,0);
INSERT INTO "gpkg_geometry_columns" VALUES ('control_zones','geom','GEOMETRY',4547,0,0);
INSERT INTO "gpkg_geometry_columns" VALUES ('projects','geom','GEOMETRY',4547,0,0);
INSERT INTO "gpkg_geometry_columns" VALUES ('findings','geom','POINT',4547,0,0);
INSERT INTO "gpkg_geometry_columns" VALUES ('layer_features','geom','GEOMETRY',4547,0,0);
INSERT INTO "gpkg_extensions" VALUES ('buildings','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
INSERT INTO "gpkg_extensions" VALUES ('streets','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
INSERT INTO "gpkg_extensions" VALUES ('frontages','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
INSERT INTO "gpkg_extensions" VALUES ('control_zones','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
INSERT INTO "gpkg_extensions" VALUES ('projects','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
INSERT INTO "gpkg_extensions" VALUES ('layer_features','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
INSERT INTO "buildings" VALUES (1,X'47500003C31100000000000078B82041000000008CB820410000000053D350410000000055D3504101030000000100000005000000000000008CB820410000000053D35041000000008CB820410000000055D350410000000078B820410000000055D350410000000078B820410000000053D35041000000008CB820410000000053D35041','town','b0',0,NULL,'building','field','甲',NULL,'residential',6.0,NULL,900.0,2,NULL,NULL,NULL,NULL,NULL,'#aabbcc',NULL,NULL,NULL,'card','{"surveyor": "Li"}',1,'2026-11-22T18:32:25.175Z');
INSERT INTO "buildings" VALUES (2,X'47500003C311000000000000A0B8204100000000B4B820410000000053D350410000000055D350410103000000010000000500000000000000B4B820410000000053D3504100000000B4B820410000000055D3504100000000A0B820410000000055D3504100000000A0B820410000000053D3504100000000B4B820410000000053D35041','town','b1',1,NULL,'building','field','乙',NULL,'commercial',12.0,NULL,901.0,4,NULL,NULL,NULL,NULL,NULL,'not a color',NULL,NULL,NULL,NULL,NULL,1,'2026-11-22T18:32:25.175Z');
INSERT INTO "buildings" VALUES (3,X'47500003C311000000000000C8B8204100000000DCB820410000000053D350410000000055D350410103000000010000000500000000000000DCB820410000000053D3504100000000DCB820410000000055D3504100000000C8B820410000000055D3504100000000C8B820410000000053D3504100000000DCB820410000000053D35041','town','b2',2,NULL,'building','storeys',NULL,NULL,NULL,15.0,NULL,902.0,5,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"surveyor": "Wang"}',1,'2026-11-22T18:32:25.175Z');
INSERT INTO "buildings" VALUES (4,X'47500003C311000000000000F0B820410000000004B920410000000053D350410000000055D35041010300000001000000050000000000000004B920410000000053D350410000000004B920410000000055D3504100000000F0B820410000000055D3504100000000F0B820410000000053D350410000000004B920410000000053D35041','town','way/3',3,NULL,'building','field','<script>alert(1)</script>',NULL,'spaceport',NULL,NULL,903.0,NULL,NULL,NULL,NULL,NULL,NULL,'#000102',NULL,NULL,NULL,NULL,NULL,1,'2026-11-22T18:32:25.175Z');
INSERT INTO "buildings" VALUES (5,X'47500003C31100000000000008BA2041000000001CBA20410000000053D350410000000055D3504101030000000100000005000000000000001CBA20410000000053D35041000000001CBA20410000000055D350410000000008BA20410000000055D350410000000008BA20410000000053D35041000000001CBA20410000000053D35041','school','school-1',0,NULL,'building',NULL,'School',NULL,NULL,9.0,NULL,900.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,'2026-11-22T18:32:25.233Z');
INSERT INTO "elements" VALUES (1,'school','wall$1',1,'school-1','IfcWall','Wall 1','1F','Brick','{"Pset_WallCommon": {"IsExternal": true}}',NULL,NULL,1,'2026-11-22T18:32:25.233Z');
INSERT INTO "elements" VALUES (2,'school','wall2',2,NULL,'IfcWall',NULL,NULL,NULL,NULL,NULL,NULL,1,'2026-11-22T18:32:25.233Z');
INSERT INTO "streets" VALUES (1,X'47500003C31100000000000064B820410000000054B920410000008051D350410000008051D350410102000000020000000000000064B820410000008051D350410000000054B920410000008051D35041','west','西街','West Street','main',12.0,NULL,1,'2026-11-22T18:32:25.236Z');
INSERT INTO "frontages" VALUES (1,X'47500003C311000000000000A0B8204100000000B4B820410000000053D350410000000053D3504101020000000200000000000000A0B820410000000053D3504100000000B4B820410000000053D35041','town','b1','west','north','left',30.0,40.0,10.0,0.0,1,'2026-11-22T18:32:25.244Z');
INSERT INTO "frontages" VALUES (2,X'47500003C31100000000000078B82041000000008CB820410000000053D350410000000053D350410102000000020000000000000078B820410000000053D35041000000008CB820410000000053D35041','town','b0','west','north','left',10.0,20.0,10.0,0.0,1,'2026-11-22T18:32:25.244Z');
INSERT INTO "control_zones" VALUES (1,X'47500003C31100000000000096B82041000000000EB92041000000C051D35041000000C05BD3504101030000000100000005000000000000000EB92041000000C051D35041000000000EB92041000000C05BD350410000000096B82041000000C05BD350410000000096B82041000000C051D35041000000000EB92041000000C051D35041','core','核心区','Core','area',NULL,NULL,NULL,1,'2026-11-22T18:32:25.238Z');
INSERT INTO "control_zones" VALUES (2,X'47500003C31100000000000088DF2041000000009CDF20410000000053D350410000000055D3504101030000000100000005000000000000009CDF20410000000053D35041000000009CDF20410000000055D350410000000088DF20410000000055D350410000000088DF20410000000053D35041000000009CDF20410000000053D35041','far','远区','Far','area',NULL,NULL,NULL,1,'2026-11-22T18:32:25.238Z');
INSERT INTO "rule_packs" VALUES (1,'demo','示例','Demo','1',1,'{"id": "demo", "name": {"zh": "示例", "en": "Demo"}, "version": "1", "synthetic": true, "document": {"title": {"zh": "导则", "en": "Guide"}, "issued": "2026-01-01"}, "rules": [{"id": "height-core", "kind": "building-height", "clause": "3.2.1", "nature": "rigid", "text": {"zh": "不超过 12 m", "en": "At most 12 m"}, "applies_to": {"zones": ["core"]}, "parameters": {"max_m": 12}}, {"id": "height-all", "kind": "building-height", "clause": "3.1", "nature": "rigid", "text": {"zh": "不超过 24 m", "en": "At most 24 m"}, "parameters": {"max_m": 24}}]}',1,'2026-11-22T18:32:25.246Z');
INSERT INTO "control_rules" VALUES (1,'demo','height-core','building-height','3.2.1','rigid','不超过 12 m','At most 12 m','{"zones": ["core"]}','{"max_m": 12}',1,'2026-11-22T18:32:25.246Z');
INSERT INTO "control_rules" VALUES (2,'demo','height-all','building-height','3.1','rigid','不超过 24 m','At most 24 m',NULL,'{"max_m": 24}',1,'2026-11-22T18:32:25.246Z');
INSERT INTO "projects" VALUES (1,X'47500003C31100000000000076B82041000000008EB82041000000C052D35041000000C055D3504101030000000100000005000000000000008EB82041000000C052D35041000000008EB82041000000C055D350410000000076B82041000000C055D350410000000076B82041000000C052D35041000000008EB82041000000C052D35041','prj-01','整治','Facades','culture','implementation','scheme_design','',1,NULL,1,'2026-11-22T18:32:25.240Z');
INSERT INTO "projects" VALUES (2,NULL,'prj-02','无图项目','No drawing','industry','reserve','unit_planning','not drawn yet',1,NULL,1,'2026-11-22T18:32:25.240Z');
INSERT INTO "project_buildings" VALUES (1,'prj-01','town','b0','geometry',1.0,'within',NULL,1,NULL,NULL,NULL,1,'2026-11-22T18:32:25.245Z');
INSERT INTO "project_buildings" VALUES (2,'prj-01','town','b1','geometry',0.25,'overlaps',NULL,1,NULL,NULL,NULL,1,'2026-11-22T18:32:25.245Z');
INSERT INTO "project_buildings" VALUES (3,'prj-01','town','b2','manual',NULL,NULL,NULL,1,'keep','seen on site','planner',1,'2026-11-22T18:32:25.251Z');
INSERT INTO "findings" VALUES (1,X'47500003C311000000000000AAB8204100000000AAB820410000000054D350410000000054D35041010100000000000000AAB820410000000054D35041','town:b1:height-core:core','town','b1',1,'height-core','building-height','3.2.1','rigid','core',NULL,'pass',NULL,12.0,'12 m',NULL,12.0,'≤ 12 m','最高点 ≤ 12 m','≤ 12 m (highest point)',0.0,'m','height_m: field','high','符合','holds','2026-05-01',1,'2026-11-22T18:32:25.249Z',0);
INSERT INTO "findings" VALUES (2,X'47500003C311000000000000D2B8204100000000D2B820410000000054D350410000000054D35041010100000000000000D2B820410000000054D35041','town:b2:height-core:core','town','b2',2,'height-core','building-height','3.2.1','rigid','core',NULL,'fail',NULL,15.0,'15 m',NULL,12.0,'≤ 12 m','最高点 ≤ 12 m','≤ 12 m (highest point)',-3.0,'m','height_m: field','high','超高 3 m','3 m too high','2026-05-01',1,'2026-11-22T18:32:25.249Z',4);
INSERT INTO "findings" VALUES (3,X'47500003C311000000000000FAB8204100000000FAB820410000000054D350410000000054D35041010100000000000000FAB820410000000054D35041','town:way/3:height-core:core','town','way/3',3,'height-core','building-height','3.2.1','rigid','core',NULL,'no_data',NULL,NULL,'',NULL,12.0,'≤ 12 m','最高点 ≤ 12 m','≤ 12 m (highest point)',NULL,'m','height_m: field','high','缺高度','no height','2026-05-01',1,'2026-11-22T18:32:25.249Z',2);
INSERT INTO "findings" VALUES (4,X'47500003C31100000000000082B820410000000082B820410000000054D350410000000054D3504101010000000000000082B820410000000054D35041','town:b0:height-all','town','b0',0,'height-all','building-height','3.1','rigid',NULL,NULL,'pass',NULL,6.0,'6 m',NULL,24.0,'≤ 24 m','最高点 ≤ 24 m','≤ 24 m (highest point)',18.0,'m','height_m: field','high','符合','holds','2026-05-01',1,'2026-11-22T18:32:25.249Z',0);
INSERT INTO "datasets" VALUES (1,'town','县城','Town','buildings','EPSG:4547','stated in the file','china-1985',-15.6,'town.geojson','geojson',1,'CIM2',4,4,114.55953600567226,39.829066324865643,114.56035424778634,39.829142319414849,'0123456789ab',0,0,0,0.0,0.0,1,'2026-11-22T18:32:25.226Z');
INSERT INTO "datasets" VALUES (2,'school','学校','School','elements','','','china-1985',-15.6,'','',0,'',3,1,114.56187216734925,39.829058415037856,114.56198956248402,39.829131029039573,NULL,NULL,NULL,NULL,NULL,NULL,1,'2026-11-22T18:32:25.234Z');
INSERT INTO "layer_features" VALUES (1,X'47500003C31100000000000078B82041000000008CB82041000000009ED3504100000000A0D3504101030000000100000005000000000000008CB82041000000009ED35041000000008CB8204100000000A0D350410000000078B8204100000000A0D350410000000078B82041000000009ED35041000000008CB82041000000009ED35041','water','river','河','River',NULL,NULL,NULL,1,'2026-11-22T18:32:25.242Z');
INSERT INTO "rtree_buildings_geom" VALUES (1,547900.0,547910.0,4410700.0,4410708.0);
INSERT INTO "rtree_buildings_geom" VALUES (2,547920.0,547930.0,4410700.0,4410708.0);
INSERT INTO "rtree_buildings_geom" VALUES (3,547940.0,547950.0,4410700.0,4410708.0);
INSERT INTO "rtree_buildings_geom" VALUES (4,547960.0,547970.0,4410700.0,4410708.0);
INSERT INTO "rtree_buildings_geom" VALUES (5,548100.0,548110.0,4410700.0,4410708.0);
INSERT INTO "rtree_streets_geom" VALUES (1,547890.0,548010.0,4410694.0,4410694.0);
INSERT INTO "rtree_frontages_geom" VALUES (1,547920.0,547930.0,4410700.0,4410700.0);
INSERT INTO "rtree_frontages_geom" VALUES (2,547900.0,547910.0,4410700.0,4410700.0);
INSERT INTO "rtree_control_zones_geom" VALUES (1,547915.0,547975.0,4410695.0,4410735.0);
INSERT INTO "rtree_control_zones_geom" VALUES (2,552900.0,552910.0,4410700.0,4410708.0);
INSERT INTO "rtree_projects_geom" VALUES (1,547899.0,547911.0,4410699.0,4410711.0);
INSERT INTO "rtree_layer_features_geom" VALUES (1,547900.0,547910.0,4411000.0,4411008.0);
DELETE FROM sqlite_sequence;
INSERT INTO "sqlite_sequence" VALUES ('buildings',5);
INSERT INTO "sqlite_sequence" VALUES ('datasets',2);
INSERT INTO "sqlite_sequence" VALUES ('elements',2);
INSERT INTO "sqlite_sequence" VALUES ('streets',1);
INSERT INTO "sqlite_sequence" VALUES ('control_zones',2);
INSERT INTO "sqlite_sequence" VALUES ('projects',2);
INSERT INTO "sqlite_sequence" VALUES ('layer_features',1);
INSERT INTO "sqlite_sequence" VALUES ('frontages',2);
INSERT INTO "sqlite_sequence" VALUES ('project_buildings',3);
INSERT INTO "sqlite_sequence" VALUES ('rule_packs',1);
INSERT INTO "sqlite_sequence" VALUES ('control_rules',2);
INSERT INTO "sqlite_sequence" VALUES ('findings',4);
CREATE INDEX elements_parent ON elements (dataset, parent_id);
CREATE INDEX frontages_street ON frontages (street_id);
CREATE INDEX frontages_building ON frontages (dataset, building_id);
CREATE INDEX project_buildings_building ON project_buildings (dataset, building_id);
CREATE INDEX findings_building ON findings (dataset, building_id);
CREATE INDEX findings_worst ON findings (severity DESC, margin IS NULL, margin);
CREATE INDEX findings_verdict ON findings (verdict, margin IS NULL, margin);
CREATE TRIGGER rtree_buildings_geom_insert AFTER INSERT ON buildings WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_buildings_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_buildings_geom_update2 AFTER UPDATE OF geom ON buildings WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_buildings_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_buildings_geom_update4 AFTER UPDATE ON buildings WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_buildings_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_buildings_geom_update5 AFTER UPDATE ON buildings WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_buildings_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_buildings_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_buildings_geom_update6 AFTER UPDATE OF geom ON buildings WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom NOTNULL AND NOT ST_IsEmpty(OLD.geom))
BEGIN UPDATE rtree_buildings_geom SET minx = ST_MinX(NEW.geom), maxx = ST_MaxX(NEW.geom), miny = ST_MinY(NEW.geom),
maxy = ST_MaxY(NEW.geom) WHERE id = NEW.fid; END;
CREATE TRIGGER rtree_buildings_geom_update7 AFTER UPDATE OF geom ON buildings WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom ISNULL OR ST_IsEmpty(OLD.geom))
BEGIN INSERT INTO rtree_buildings_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_buildings_geom_delete AFTER DELETE ON buildings WHEN OLD.geom NOT NULL BEGIN DELETE FROM rtree_buildings_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_streets_geom_insert AFTER INSERT ON streets WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_streets_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_streets_geom_update2 AFTER UPDATE OF geom ON streets WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_streets_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_streets_geom_update4 AFTER UPDATE ON streets WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_streets_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_streets_geom_update5 AFTER UPDATE ON streets WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_streets_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_streets_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_streets_geom_update6 AFTER UPDATE OF geom ON streets WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom NOTNULL AND NOT ST_IsEmpty(OLD.geom))
BEGIN UPDATE rtree_streets_geom SET minx = ST_MinX(NEW.geom), maxx = ST_MaxX(NEW.geom), miny = ST_MinY(NEW.geom),
maxy = ST_MaxY(NEW.geom) WHERE id = NEW.fid; END;
CREATE TRIGGER rtree_streets_geom_update7 AFTER UPDATE OF geom ON streets WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom ISNULL OR ST_IsEmpty(OLD.geom))
BEGIN INSERT INTO rtree_streets_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_streets_geom_delete AFTER DELETE ON streets WHEN OLD.geom NOT NULL BEGIN DELETE FROM rtree_streets_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_frontages_geom_insert AFTER INSERT ON frontages WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_frontages_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_frontages_geom_update2 AFTER UPDATE OF geom ON frontages WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_frontages_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_frontages_geom_update4 AFTER UPDATE ON frontages WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_frontages_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_frontages_geom_update5 AFTER UPDATE ON frontages WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_frontages_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_frontages_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_frontages_geom_update6 AFTER UPDATE OF geom ON frontages WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom NOTNULL AND NOT ST_IsEmpty(OLD.geom))
BEGIN UPDATE rtree_frontages_geom SET minx = ST_MinX(NEW.geom), maxx = ST_MaxX(NEW.geom), miny = ST_MinY(NEW.geom),
maxy = ST_MaxY(NEW.geom) WHERE id = NEW.fid; END;
CREATE TRIGGER rtree_frontages_geom_update7 AFTER UPDATE OF geom ON frontages WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom ISNULL OR ST_IsEmpty(OLD.geom))
BEGIN INSERT INTO rtree_frontages_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_frontages_geom_delete AFTER DELETE ON frontages WHEN OLD.geom NOT NULL BEGIN DELETE FROM rtree_frontages_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_control_zones_geom_insert AFTER INSERT ON control_zones WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_control_zones_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_control_zones_geom_update2 AFTER UPDATE OF geom ON control_zones WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_control_zones_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_control_zones_geom_update4 AFTER UPDATE ON control_zones WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_control_zones_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_control_zones_geom_update5 AFTER UPDATE ON control_zones WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_control_zones_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_control_zones_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_control_zones_geom_update6 AFTER UPDATE OF geom ON control_zones WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom NOTNULL AND NOT ST_IsEmpty(OLD.geom))
BEGIN UPDATE rtree_control_zones_geom SET minx = ST_MinX(NEW.geom), maxx = ST_MaxX(NEW.geom), miny = ST_MinY(NEW.geom),
maxy = ST_MaxY(NEW.geom) WHERE id = NEW.fid; END;
CREATE TRIGGER rtree_control_zones_geom_update7 AFTER UPDATE OF geom ON control_zones WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom ISNULL OR ST_IsEmpty(OLD.geom))
BEGIN INSERT INTO rtree_control_zones_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_control_zones_geom_delete AFTER DELETE ON control_zones WHEN OLD.geom NOT NULL BEGIN DELETE FROM rtree_control_zones_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_projects_geom_insert AFTER INSERT ON projects WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_projects_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_projects_geom_update2 AFTER UPDATE OF geom ON projects WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_projects_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_projects_geom_update4 AFTER UPDATE ON projects WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_projects_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_projects_geom_update5 AFTER UPDATE ON projects WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_projects_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_projects_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_projects_geom_update6 AFTER UPDATE OF geom ON projects WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom NOTNULL AND NOT ST_IsEmpty(OLD.geom))
BEGIN UPDATE rtree_projects_geom SET minx = ST_MinX(NEW.geom), maxx = ST_MaxX(NEW.geom), miny = ST_MinY(NEW.geom),
maxy = ST_MaxY(NEW.geom) WHERE id = NEW.fid; END;
CREATE TRIGGER rtree_projects_geom_update7 AFTER UPDATE OF geom ON projects WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom ISNULL OR ST_IsEmpty(OLD.geom))
BEGIN INSERT INTO rtree_projects_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_projects_geom_delete AFTER DELETE ON projects WHEN OLD.geom NOT NULL BEGIN DELETE FROM rtree_projects_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_layer_features_geom_insert AFTER INSERT ON layer_features WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_layer_features_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_layer_features_geom_update2 AFTER UPDATE OF geom ON layer_features WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_layer_features_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_layer_features_geom_update4 AFTER UPDATE ON layer_features WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_layer_features_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_layer_features_geom_update5 AFTER UPDATE ON layer_features WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_layer_features_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_layer_features_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_layer_features_geom_update6 AFTER UPDATE OF geom ON layer_features WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom NOTNULL AND NOT ST_IsEmpty(OLD.geom))
BEGIN UPDATE rtree_layer_features_geom SET minx = ST_MinX(NEW.geom), maxx = ST_MaxX(NEW.geom), miny = ST_MinY(NEW.geom),
maxy = ST_MaxY(NEW.geom) WHERE id = NEW.fid; END;
CREATE TRIGGER rtree_layer_features_geom_update7 AFTER UPDATE OF geom ON layer_features WHEN OLD.fid = NEW.fid
AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) AND (OLD.geom ISNULL OR ST_IsEmpty(OLD.geom))
BEGIN INSERT INTO rtree_layer_features_geom VALUES
(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_layer_features_geom_delete AFTER DELETE ON layer_features WHEN OLD.geom NOT NULL BEGIN DELETE FROM rtree_layer_features_geom WHERE id = OLD.fid; END;
