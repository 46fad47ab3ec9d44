import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../../../errors.js';
import { labelRows } from './label-rows.js';

const WANTED = ['a.png cat', 'b.png cat', 'c.png dog'];
const read = (text: string | Buffer, file = 'list.csv'): string[] =>
  labelRows(Buffer.from(text as string), file).rows.map(({ image, label }) => `${image} ${label}`);

test('lists of images and labels as people write them', () => {
  const lists: Record<string, string> = {
    'a header': 'filename,label\na.png,cat\nb.png,cat\nc.png,dog\n',
    'no header': 'a.png,cat\nb.png,cat\nc.png,dog\n',
    'no header, lines counted': '0,a.png,cat\n1,b.png,cat\n2,c.png,dog\n',
    'a column of pandas': ',filename,label\n0,a.png,cat\n1,b.png,cat\n2,c.png,dog\n',
    'names of other columns': 'Bild;Art\na.png;cat\nb.png;cat\nc.png;dog\n',
    'capitals and spaces': 'Image Name , Class Label\na.png,cat\nb.png,cat\nc.png,dog\n',
    'marks in a quoted header': 'filename,label,"a;b;c;d"\na.png,cat,1\nb.png,cat,1\nc.png,dog,1\n',
    'a path beside an id': 'id,file,label\n7,a.png,cat\n8,b.png,cat\n9,c.png,dog\n',
    spaces: 'a.png cat\nb.png  cat\nc.png dog\n',
    'one-hot columns': 'filename,cat,dog,bird\na.png,1,0,0\nb.png,1.0,0.0,0\nc.png,0,1,0\n',
    'CRLF and a mark of UTF-8': '\uFEFFfilename,label\r\na.png,cat\r\nb.png,cat\r\n\r\nc.png,dog\r\n',
  };
  for (const [name, text] of Object.entries(lists)) assert.deepEqual(read(text), WANTED, name);
  assert.deepEqual(read('image_id,cat,dog\na,1,0\nb,0,1\n'), ['a cat', 'b dog']);
  assert.deepEqual(read('path,label\na.png,10.0\nb.png,2.0\n'), ['a.png 10', 'b.png 2']);
});

test('lists of JSON, by line, by label and by column', () => {
  const rows = WANTED.map((row) => row.split(' '));
  const objects = rows.map(([file_name, label]) => ({ file_name, label }));
  const lists: Record<string, string> = {
    'x.json': JSON.stringify(objects),
    'x.JSONL': objects.map((one) => JSON.stringify(one)).join('\n'),
    'y.json': JSON.stringify(Object.fromEntries(rows)),
    'z.json': JSON.stringify({ cat: ['a.png', 'b.png'], dog: ['c.png'] }),
    'w.json': JSON.stringify({ image: rows.map(([image]) => image), label: rows.map(([, label]) => label) }),
  };
  for (const [file, text] of Object.entries(lists)) assert.deepEqual(read(text, file), WANTED, file);
  assert.throws(
    () => read('{"images":[{"id":1}],"categories":[{"id":1}]}', 'coco.json'),
    /an array of \{ path, label \}/,
  );
});

test('what spreadsheets save in place of UTF-8', () => {
  const text = 'filename,label\na.png,h\u00fcnd\n';
  assert.deepEqual(read(Buffer.from(`\uFEFF${text}`, 'utf16le')), ['a.png h\u00fcnd']);
  const { rows, remarks } = labelRows(Buffer.from(text, 'latin1'), 'x.csv');
  assert.equal(rows[0]?.label, 'h\u00fcnd');
  assert.match(remarks[0] ?? '', /Windows-1252/);
});

test('lists that do not say which image has which class', () => {
  const wrong: Record<string, RegExp> = {
    'a.png,cat,big\nb.png,cat,big\n': /got a\.png, cat, big and no header\. Write a line with their names above/,
    'filename,colour,shape\na.png,red,round\n': /a column of images .* got filename, colour, shape\. Rename them/,
    'filename,cat,dog\na.png,1,1\n': /expected one class for every image, got 2 for a\.png in record 0 \(cat, dog\)/,
    'filename,cat,dog\na.png,0,0\n': /got 0 for a\.png in record 0 \(none\)/,
    'filename,label\na.png\n': /separated by commas/,
    'filename,label\n': /got none/,
    '\0\x01\x02\xff': /expected a text|got none/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    assert.throws(() => read(Buffer.from(text, 'latin1')), (e) => e instanceof DataError && message.test(e.message), text); // prettier-ignore
  }
});

test('a column of numbers that says no parts is left out, with a remark', () => {
  const { rows, remarks } = labelRows(Buffer.from('path,label,fold\na.png,cat,0\nb.png,dog,1\n'), 'x.csv');
  assert.deepEqual([rows[0]?.split, remarks], [undefined, ['its column fold says no parts']]);
  assert.deepEqual(
    labelRows(Buffer.from('path,label,Usage\na.png,cat,Training\nb.png,dog,PublicTest\n'), 'x.csv').rows.map((row) => row.split), // prettier-ignore
    ['Training', 'PublicTest'],
  );
});
