#!/usr/bin/env python3
"""Calls a hosted domain as any team would: stubs made from the bare .proto, plain grpcio, nothing of ours.

usage: bare_client.py TARGET PROTO INCLUDE_DIR AUTHORIZATION
"""
import importlib
import os
import sys
import tempfile

import grpc
from grpc_tools import protoc


def stubs(proto, include):
    out = tempfile.mkdtemp()
    folder, name = os.path.split(os.path.abspath(proto))
    options = os.path.join(include, "ameide", "domain", "v1", "options.proto")
    google = os.path.join(os.path.dirname(protoc.__file__), "_proto")
    for path, root in ((os.path.join(folder, name), folder), (options, include)):
        code = protoc.main(["protoc", f"-I{root}", f"-I{include}", f"-I{google}", f"--python_out={out}", f"--grpc_python_out={out}", path])
        assert code == 0, f"protoc failed on {path}"
    sys.path.insert(0, out)
    stem = name[: -len(".proto")]
    return importlib.import_module(f"{stem}_pb2"), importlib.import_module(f"{stem}_pb2_grpc")


def main():
    target, proto, include, authorization = sys.argv[1:5]
    messages, services = stubs(proto, include)
    credentials = (("authorization", authorization),)
    with grpc.insecure_channel(target) as channel:
        orders = services.OrderServiceStub(channel)
        order = orders.CreateOrder(messages.CreateOrderRequest(customer="Ada", amount=12.5),
                                   metadata=credentials + (("idempotency-key", "python-1"),), timeout=20)
        again = orders.CreateOrder(messages.CreateOrderRequest(customer="Ada", amount=12.5),
                                   metadata=credentials + (("idempotency-key", "python-1"),), timeout=20)
        assert order.order_id and order == again, (order, again)
        assert order.status == messages.ORDER_STATUS_PLACED, order
        shipped = orders.ShipOrder(messages.ShipOrderRequest(order_id=order.order_id), metadata=credentials, timeout=20)
        assert shipped.status == messages.ORDER_STATUS_SHIPPED and shipped.version == 2, shipped
        listed = orders.ListOrders(messages.ListOrdersRequest(customer="Ada"), metadata=credentials, timeout=20)
        assert [each.order_id for each in listed.orders] == [order.order_id], listed
        for call, wanted in (
            (lambda: orders.GetOrder(messages.GetOrderRequest(order_id="none"), metadata=credentials, timeout=20), grpc.StatusCode.NOT_FOUND),
            (lambda: orders.CreateOrder(messages.CreateOrderRequest(), metadata=credentials, timeout=20), grpc.StatusCode.INVALID_ARGUMENT),
            (lambda: orders.GetOrder(messages.GetOrderRequest(order_id="none"), timeout=20), grpc.StatusCode.UNAUTHENTICATED),
        ):
            try:
                call()
            except grpc.RpcError as error:
                assert error.code() == wanted, (error.code(), wanted)
            else:
                raise AssertionError(f"expected {wanted}")
    print("bare client: ok")


if __name__ == "__main__":
    main()
