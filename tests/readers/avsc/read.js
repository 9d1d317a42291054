// Print the records of an Avro file, one JSON array: node read.js FILE [READER_SCHEMA]
//
// Bytes are printed in base64, and numbers that JSON lacks as strings.
'use strict';

const fs = require('node:fs');
const avro = require('avsc');

const [path, schemaPath] = process.argv.slice(2);
const options = schemaPath ? { readerSchema: JSON.parse(fs.readFileSync(schemaPath, 'utf8')) } : {};

function toJson(value) {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  if (Array.isArray(value)) return value.map(toJson);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toJson(member)]));
}

const records = [];
avro
  .createFileDecoder(path, options)
  .on('data', (record) => records.push(toJson(record)))
  .on('end', () => process.stdout.write(JSON.stringify(records)))
  .on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
