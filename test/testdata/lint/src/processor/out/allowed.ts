import { createServer } from 'node:http';
import { names } from '@agent-vitals/contract';
import express from 'express';
import { fleet } from '../../core/fleet.ts';
import { config } from '../config.ts';
import { page } from './web/page.ts';

export const used = [createServer, names, express, fleet, config, page, process.memoryUsage(), Date.now()];
