import { createBrowserRouter, Navigate } from "react-router";
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
      children: [
        { index: true, element: <TenantsPage /> },
        ...pages.platform.map(pageRoute),
        {
          path: "tenants/:tenant",
          element: <TenantPages />,
          children: [{ index: true, element: <Navigate to="dr" replace /> }, ...pages.tenant.map(pageRoute)],
        },
        { path: "*", element: <NotFoundPage /> },
      ],
    },
  ]);
}

function pageRoute({ path, load }: PageRow) {
  return { path, lazy: async () => ({ Component: await load() }), errorElement: <CrashPage /> };
}
