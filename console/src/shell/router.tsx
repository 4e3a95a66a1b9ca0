import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { type PageRow, pages } from "../pages/pages.ts";
import { TenantsPage } from "../pages/tenants.tsx";
import { Loading } from "../ui/loaded.tsx";
import { CrashedShell, CrashPage, NotFoundPage } from "./error-pages.tsx";
import { Layout } from "./layout.tsx";
import { TenantPages } from "./tenant-pages.tsx";

/** Every address of the console. Pages are loaded when they are gone to. */
export function createRouter() {
  return createBrowserRouter([
    {
      element: <Layout />,
      errorElement: <CrashedShell />,
      hydrateFallbackElement: <Loading />,
      // Not at the pages themselves: a page that could not be loaded is not shown, nor is what stands for it.
      children: [{ errorElement: <CrashPage />, children: everyPage() }],
    },
  ]);
}

function everyPage(): RouteObject[] {
  return [
    { index: true, element: <TenantsPage /> },
    ...pages.platform.map(pageRoute),
    {
      path: "tenants/:tenant",
      element: <TenantPages />,
      children: [{ index: true, element: <Navigate to="dr" replace /> }, ...pages.tenant.map(pageRoute)],
    },
    { path: "*", element: <NotFoundPage /> },
  ];
}

function pageRoute({ path, load }: PageRow): RouteObject {
  return { path, lazy: { Component: load } };
}
