import { Router } from 'express';
import type { Dependencies } from '../dependencies.js';
import { createRoleGuards, type RoleGuards } from '../identity/roleGuards.js';

/** What every subject of the admin pages is mounted with. */
export interface AdminDeps extends Dependencies, RoleGuards {}

/** The pages of those who run the product. */
export function adminRoutes(deps: Dependencies): Router {
  const admin: AdminDeps = { ...deps, ...createRoleGuards(deps.audit) };
  const router = Router();
  void admin;
  return router;
}
