import { expect, test } from 'vitest';
import { RetryLater } from '../ports/errors.ts';
import { readInit } from './init-answer.ts';

const params = {
  options: {
    'revenue-a': 'text',
    'revenue-b': 2n ** 60n,
    'revenue-c': true,
    'revenue-d': ['x', 1],
  },
  configuration: {
    'lightning-dir': '/home/cln/.lightning/regtest',
    'rpc-file': 'lightning-rpc',
    startup: true,
    network: 'regtest',
    feature_set: { init: '08', channel: '' },
    later: { version: 'field' },
  },
};
const with_ = (change: object) => ({
  ...params,
  configuration: { ...params.configuration, ...change },
});

test('options as configured, and where the socket is', () => {
  const { options, ...where } = readInit(params);
  expect(Object.fromEntries(options)).toEqual(params.options);
  expect(where).toEqual({
    lightningDir: '/home/cln/.lightning/regtest',
    socketPath: '/home/cln/.lightning/regtest/lightning-rpc',
    network: 'regtest',
    startup: true,
  });
});

test('an absolute rpc-file stands for itself', () => {
  expect(readInit(with_({ 'rpc-file': '/run/rpc' })).socketPath).toBe('/run/rpc');
});

test.each([
  ['no configuration', { options: {} }],
  ['no socket', with_({ 'rpc-file': undefined })],
  ['a startup that is a text', with_({ startup: 'true' })],
  ['an option that is an object', { ...params, options: { 'revenue-a': {} } }],
  ['a list', [params]],
])('%s is refused with its place', (_, wrong) => {
  expect(() => readInit(wrong)).toThrow(RetryLater);
});
