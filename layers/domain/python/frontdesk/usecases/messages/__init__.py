"""Mails about orders: creates messages, sends them through SES, and records bounces and complaints."""
