// SPDX-License-Identifier: LGPL-2.1-or-later

// Command greet-go greets over HTTP, on the socket that systemd passes, and ends after a minute
// without a client. It leaves without losing one: whoever connects meanwhile waits at the socket,
// which stays systemd's, for the next start.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	firstDescriptor = 3 // sd_listen_fds(3)
	idle            = time.Minute
	patience        = 5 * time.Second // with a client that is slow
)

func main() {
	log.SetFlags(0) // the journal has the time
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || os.Getenv("LISTEN_FDS") != "1" {
		log.Fatal("greet-go: wants one socket from systemd")
	}
	listener, err := net.FileListener(os.NewFile(firstDescriptor, "socket"))
	if err != nil {
		log.Fatal("greet-go: ", err)
	}

	var greeted uint64
	greet := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "Hello from Go! Greeting %d since the start.\n", atomic.AddUint64(&greeted, 1))
	}

	// Serve() returns when the listener is closed, and then no connection is on its way in.
	stop := func() { listener.Close() }
	timer := time.AfterFunc(idle, stop)
	server := http.Server{
		Handler:      http.HandlerFunc(greet),
		ReadTimeout:  patience,
		WriteTimeout: patience,
		IdleTimeout:  patience,
		ConnState:    func(net.Conn, http.ConnState) { timer.Reset(idle) },
	}
	told, forget := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer forget()
	go func() {
		<-told.Done()
		stop()
	}()
	_ = server.Serve(listener)
	// Those that are connected get their answers.
	_ = server.Shutdown(context.Background())
}
