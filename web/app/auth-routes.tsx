/** The sign-in pages with what their address says; loaded only by those who need them. */
import { useSearch } from '@tanstack/react-router'
import { LoginPage, RegisterPage } from '../features/account/auth-page.tsx'

export const LoginRoute = () => <LoginPage {...useSearch({ from: '/auth/login' })} />
export const RegisterRoute = () => <RegisterPage {...useSearch({ from: '/auth/register' })} />
