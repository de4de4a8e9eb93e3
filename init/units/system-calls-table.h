/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Made by tools/system-call-numbers. GROUP("@name") in the order of bits; MASK(groups), a set of
 * them; CALL(name, index of its mask).
 */
/* clang-format off */
GROUP("@aio")
GROUP("@basic-io")
GROUP("@chown")
GROUP("@clock")
GROUP("@cpu-emulation")
GROUP("@debug")
GROUP("@default")
GROUP("@file-system")
GROUP("@io-event")
GROUP("@ipc")
GROUP("@keyring")
GROUP("@memlock")
GROUP("@module")
GROUP("@mount")
GROUP("@network-io")
GROUP("@obsolete")
GROUP("@pkey")
GROUP("@privileged")
GROUP("@process")
GROUP("@raw-io")
GROUP("@reboot")
GROUP("@resources")
GROUP("@sandbox")
GROUP("@setuid")
GROUP("@signal")
GROUP("@swap")
GROUP("@sync")
GROUP("@system-service")
GROUP("@timer")
MASK(0x8000002)
MASK(0x8000080)
MASK(0x8000082)
MASK(0x8000100)
MASK(0x8000040)
MASK(0x9000000)
MASK(0x8000000)
MASK(0x8000200)
MASK(0xc000000)
MASK(0x18000000)
MASK(0x8004000)
MASK(0x8040000)
MASK(0x8020004)
MASK(0x18040000)
MASK(0x20)
MASK(0x8820000)
MASK(0x8800000)
MASK(0x8020000)
MASK(0x8000)
MASK(0x8200000)
MASK(0x8000800)
MASK(0x20000)
MASK(0x10)
MASK(0x22000)
MASK(0x28000)
MASK(0x20008)
MASK(0x2000)
MASK(0x2020000)
MASK(0x120000)
MASK(0xa0000)
MASK(0x21000)
MASK(0x8000001)
MASK(0x8000400)
MASK(0x8400040)
MASK(0x10000)
#ifdef SYS_read
CALL(read, 0)
#endif
#ifdef SYS_write
CALL(write, 0)
#endif
#ifdef SYS_open
CALL(open, 1)
#endif
#ifdef SYS_close
CALL(close, 2)
#endif
#ifdef SYS_stat
CALL(stat, 1)
#endif
#ifdef SYS_fstat
CALL(fstat, 1)
#endif
#ifdef SYS_lstat
CALL(lstat, 1)
#endif
#ifdef SYS_poll
CALL(poll, 3)
#endif
#ifdef SYS_lseek
CALL(lseek, 0)
#endif
#ifdef SYS_mmap
CALL(mmap, 4)
#endif
#ifdef SYS_mprotect
CALL(mprotect, 4)
#endif
#ifdef SYS_munmap
CALL(munmap, 4)
#endif
#ifdef SYS_brk
CALL(brk, 4)
#endif
#ifdef SYS_rt_sigaction
CALL(rt_sigaction, 5)
#endif
#ifdef SYS_rt_sigprocmask
CALL(rt_sigprocmask, 5)
#endif
#ifdef SYS_rt_sigreturn
CALL(rt_sigreturn, 4)
#endif
#ifdef SYS_ioctl
CALL(ioctl, 6)
#endif
#ifdef SYS_pread64
CALL(pread64, 0)
#endif
#ifdef SYS_pwrite64
CALL(pwrite64, 0)
#endif
#ifdef SYS_readv
CALL(readv, 0)
#endif
#ifdef SYS_writev
CALL(writev, 0)
#endif
#ifdef SYS_access
CALL(access, 1)
#endif
#ifdef SYS_pipe
CALL(pipe, 7)
#endif
#ifdef SYS_select
CALL(select, 3)
#endif
#ifdef SYS_sched_yield
CALL(sched_yield, 4)
#endif
#ifdef SYS_mremap
CALL(mremap, 6)
#endif
#ifdef SYS_msync
CALL(msync, 8)
#endif
#ifdef SYS_madvise
CALL(madvise, 6)
#endif
#ifdef SYS_shmget
CALL(shmget, 7)
#endif
#ifdef SYS_shmat
CALL(shmat, 7)
#endif
#ifdef SYS_shmctl
CALL(shmctl, 7)
#endif
#ifdef SYS_dup
CALL(dup, 0)
#endif
#ifdef SYS_dup2
CALL(dup2, 0)
#endif
#ifdef SYS_pause
CALL(pause, 4)
#endif
#ifdef SYS_nanosleep
CALL(nanosleep, 4)
#endif
#ifdef SYS_getitimer
CALL(getitimer, 9)
#endif
#ifdef SYS_alarm
CALL(alarm, 9)
#endif
#ifdef SYS_setitimer
CALL(setitimer, 9)
#endif
#ifdef SYS_getpid
CALL(getpid, 4)
#endif
#ifdef SYS_sendfile
CALL(sendfile, 6)
#endif
#ifdef SYS_socket
CALL(socket, 10)
#endif
#ifdef SYS_connect
CALL(connect, 10)
#endif
#ifdef SYS_accept
CALL(accept, 10)
#endif
#ifdef SYS_sendto
CALL(sendto, 10)
#endif
#ifdef SYS_recvfrom
CALL(recvfrom, 10)
#endif
#ifdef SYS_sendmsg
CALL(sendmsg, 10)
#endif
#ifdef SYS_recvmsg
CALL(recvmsg, 10)
#endif
#ifdef SYS_shutdown
CALL(shutdown, 10)
#endif
#ifdef SYS_bind
CALL(bind, 10)
#endif
#ifdef SYS_listen
CALL(listen, 10)
#endif
#ifdef SYS_getsockname
CALL(getsockname, 10)
#endif
#ifdef SYS_getpeername
CALL(getpeername, 10)
#endif
#ifdef SYS_socketpair
CALL(socketpair, 10)
#endif
#ifdef SYS_setsockopt
CALL(setsockopt, 10)
#endif
#ifdef SYS_getsockopt
CALL(getsockopt, 10)
#endif
#ifdef SYS_clone
CALL(clone, 11)
#endif
#ifdef SYS_fork
CALL(fork, 11)
#endif
#ifdef SYS_vfork
CALL(vfork, 11)
#endif
#ifdef SYS_execve
CALL(execve, 4)
#endif
#ifdef SYS_exit
CALL(exit, 4)
#endif
#ifdef SYS_wait4
CALL(wait4, 11)
#endif
#ifdef SYS_kill
CALL(kill, 11)
#endif
#ifdef SYS_uname
CALL(uname, 6)
#endif
#ifdef SYS_semget
CALL(semget, 7)
#endif
#ifdef SYS_semop
CALL(semop, 7)
#endif
#ifdef SYS_semctl
CALL(semctl, 7)
#endif
#ifdef SYS_shmdt
CALL(shmdt, 7)
#endif
#ifdef SYS_msgget
CALL(msgget, 7)
#endif
#ifdef SYS_msgsnd
CALL(msgsnd, 7)
#endif
#ifdef SYS_msgrcv
CALL(msgrcv, 7)
#endif
#ifdef SYS_msgctl
CALL(msgctl, 7)
#endif
#ifdef SYS_fcntl
CALL(fcntl, 1)
#endif
#ifdef SYS_flock
CALL(flock, 6)
#endif
#ifdef SYS_fsync
CALL(fsync, 8)
#endif
#ifdef SYS_fdatasync
CALL(fdatasync, 8)
#endif
#ifdef SYS_truncate
CALL(truncate, 1)
#endif
#ifdef SYS_ftruncate
CALL(ftruncate, 1)
#endif
#ifdef SYS_getdents
CALL(getdents, 1)
#endif
#ifdef SYS_getcwd
CALL(getcwd, 1)
#endif
#ifdef SYS_chdir
CALL(chdir, 1)
#endif
#ifdef SYS_fchdir
CALL(fchdir, 1)
#endif
#ifdef SYS_rename
CALL(rename, 1)
#endif
#ifdef SYS_mkdir
CALL(mkdir, 1)
#endif
#ifdef SYS_rmdir
CALL(rmdir, 1)
#endif
#ifdef SYS_creat
CALL(creat, 1)
#endif
#ifdef SYS_link
CALL(link, 1)
#endif
#ifdef SYS_unlink
CALL(unlink, 1)
#endif
#ifdef SYS_symlink
CALL(symlink, 1)
#endif
#ifdef SYS_readlink
CALL(readlink, 1)
#endif
#ifdef SYS_chmod
CALL(chmod, 1)
#endif
#ifdef SYS_fchmod
CALL(fchmod, 1)
#endif
#ifdef SYS_chown
CALL(chown, 12)
#endif
#ifdef SYS_fchown
CALL(fchown, 12)
#endif
#ifdef SYS_lchown
CALL(lchown, 12)
#endif
#ifdef SYS_umask
CALL(umask, 6)
#endif
#ifdef SYS_gettimeofday
CALL(gettimeofday, 4)
#endif
#ifdef SYS_getrlimit
CALL(getrlimit, 4)
#endif
#ifdef SYS_getrusage
CALL(getrusage, 11)
#endif
#ifdef SYS_sysinfo
CALL(sysinfo, 6)
#endif
#ifdef SYS_times
CALL(times, 13)
#endif
#ifdef SYS_ptrace
CALL(ptrace, 14)
#endif
#ifdef SYS_getuid
CALL(getuid, 4)
#endif
#ifdef SYS_getgid
CALL(getgid, 4)
#endif
#ifdef SYS_setuid
CALL(setuid, 15)
#endif
#ifdef SYS_setgid
CALL(setgid, 16)
#endif
#ifdef SYS_geteuid
CALL(geteuid, 4)
#endif
#ifdef SYS_getegid
CALL(getegid, 4)
#endif
#ifdef SYS_setpgid
CALL(setpgid, 6)
#endif
#ifdef SYS_getppid
CALL(getppid, 4)
#endif
#ifdef SYS_getpgrp
CALL(getpgrp, 4)
#endif
#ifdef SYS_setsid
CALL(setsid, 6)
#endif
#ifdef SYS_setreuid
CALL(setreuid, 15)
#endif
#ifdef SYS_setregid
CALL(setregid, 16)
#endif
#ifdef SYS_getgroups
CALL(getgroups, 4)
#endif
#ifdef SYS_setgroups
CALL(setgroups, 15)
#endif
#ifdef SYS_setresuid
CALL(setresuid, 15)
#endif
#ifdef SYS_getresuid
CALL(getresuid, 4)
#endif
#ifdef SYS_setresgid
CALL(setresgid, 16)
#endif
#ifdef SYS_getresgid
CALL(getresgid, 4)
#endif
#ifdef SYS_getpgid
CALL(getpgid, 4)
#endif
#ifdef SYS_setfsuid
CALL(setfsuid, 17)
#endif
#ifdef SYS_setfsgid
CALL(setfsgid, 6)
#endif
#ifdef SYS_getsid
CALL(getsid, 4)
#endif
#ifdef SYS_capget
CALL(capget, 11)
#endif
#ifdef SYS_capset
CALL(capset, 17)
#endif
#ifdef SYS_rt_sigpending
CALL(rt_sigpending, 5)
#endif
#ifdef SYS_rt_sigtimedwait
CALL(rt_sigtimedwait, 5)
#endif
#ifdef SYS_rt_sigqueueinfo
CALL(rt_sigqueueinfo, 11)
#endif
#ifdef SYS_rt_sigsuspend
CALL(rt_sigsuspend, 5)
#endif
#ifdef SYS_sigaltstack
CALL(sigaltstack, 5)
#endif
#ifdef SYS_utime
CALL(utime, 1)
#endif
#ifdef SYS_mknod
CALL(mknod, 1)
#endif
#ifdef SYS_uselib
CALL(uselib, 18)
#endif
#ifdef SYS_personality
CALL(personality, 6)
#endif
#ifdef SYS_ustat
CALL(ustat, 18)
#endif
#ifdef SYS_statfs
CALL(statfs, 1)
#endif
#ifdef SYS_fstatfs
CALL(fstatfs, 1)
#endif
#ifdef SYS_sysfs
CALL(sysfs, 18)
#endif
#ifdef SYS_getpriority
CALL(getpriority, 6)
#endif
#ifdef SYS_setpriority
CALL(setpriority, 19)
#endif
#ifdef SYS_sched_setparam
CALL(sched_setparam, 19)
#endif
#ifdef SYS_sched_getparam
CALL(sched_getparam, 6)
#endif
#ifdef SYS_sched_setscheduler
CALL(sched_setscheduler, 19)
#endif
#ifdef SYS_sched_getscheduler
CALL(sched_getscheduler, 6)
#endif
#ifdef SYS_sched_get_priority_max
CALL(sched_get_priority_max, 6)
#endif
#ifdef SYS_sched_get_priority_min
CALL(sched_get_priority_min, 6)
#endif
#ifdef SYS_sched_rr_get_interval
CALL(sched_rr_get_interval, 6)
#endif
#ifdef SYS_mlock
CALL(mlock, 20)
#endif
#ifdef SYS_munlock
CALL(munlock, 20)
#endif
#ifdef SYS_mlockall
CALL(mlockall, 20)
#endif
#ifdef SYS_munlockall
CALL(munlockall, 20)
#endif
#ifdef SYS_vhangup
CALL(vhangup, 21)
#endif
#ifdef SYS_modify_ldt
CALL(modify_ldt, 22)
#endif
#ifdef SYS_pivot_root
CALL(pivot_root, 23)
#endif
#ifdef SYS__sysctl
CALL(_sysctl, 24)
#endif
#ifdef SYS_prctl
CALL(prctl, 11)
#endif
#ifdef SYS_arch_prctl
CALL(arch_prctl, 4)
#endif
#ifdef SYS_adjtimex
CALL(adjtimex, 25)
#endif
#ifdef SYS_setrlimit
CALL(setrlimit, 19)
#endif
#ifdef SYS_chroot
CALL(chroot, 23)
#endif
#ifdef SYS_sync
CALL(sync, 8)
#endif
#ifdef SYS_acct
CALL(acct, 21)
#endif
#ifdef SYS_settimeofday
CALL(settimeofday, 25)
#endif
#ifdef SYS_mount
CALL(mount, 26)
#endif
#ifdef SYS_umount2
CALL(umount2, 26)
#endif
#ifdef SYS_swapon
CALL(swapon, 27)
#endif
#ifdef SYS_swapoff
CALL(swapoff, 27)
#endif
#ifdef SYS_reboot
CALL(reboot, 28)
#endif
#ifdef SYS_sethostname
CALL(sethostname, 21)
#endif
#ifdef SYS_setdomainname
CALL(setdomainname, 21)
#endif
#ifdef SYS_iopl
CALL(iopl, 29)
#endif
#ifdef SYS_ioperm
CALL(ioperm, 29)
#endif
#ifdef SYS_create_module
CALL(create_module, 18)
#endif
#ifdef SYS_init_module
CALL(init_module, 30)
#endif
#ifdef SYS_delete_module
CALL(delete_module, 30)
#endif
#ifdef SYS_get_kernel_syms
CALL(get_kernel_syms, 18)
#endif
#ifdef SYS_query_module
CALL(query_module, 18)
#endif
#ifdef SYS_quotactl
CALL(quotactl, 21)
#endif
#ifdef SYS_nfsservctl
CALL(nfsservctl, 21)
#endif
#ifdef SYS_getpmsg
CALL(getpmsg, 18)
#endif
#ifdef SYS_putpmsg
CALL(putpmsg, 18)
#endif
#ifdef SYS_afs_syscall
CALL(afs_syscall, 18)
#endif
#ifdef SYS_tuxcall
CALL(tuxcall, 18)
#endif
#ifdef SYS_security
CALL(security, 18)
#endif
#ifdef SYS_gettid
CALL(gettid, 4)
#endif
#ifdef SYS_readahead
CALL(readahead, 6)
#endif
#ifdef SYS_setxattr
CALL(setxattr, 1)
#endif
#ifdef SYS_lsetxattr
CALL(lsetxattr, 1)
#endif
#ifdef SYS_fsetxattr
CALL(fsetxattr, 1)
#endif
#ifdef SYS_getxattr
CALL(getxattr, 1)
#endif
#ifdef SYS_lgetxattr
CALL(lgetxattr, 1)
#endif
#ifdef SYS_fgetxattr
CALL(fgetxattr, 1)
#endif
#ifdef SYS_listxattr
CALL(listxattr, 1)
#endif
#ifdef SYS_llistxattr
CALL(llistxattr, 1)
#endif
#ifdef SYS_flistxattr
CALL(flistxattr, 1)
#endif
#ifdef SYS_removexattr
CALL(removexattr, 1)
#endif
#ifdef SYS_lremovexattr
CALL(lremovexattr, 1)
#endif
#ifdef SYS_fremovexattr
CALL(fremovexattr, 1)
#endif
#ifdef SYS_tkill
CALL(tkill, 11)
#endif
#ifdef SYS_time
CALL(time, 4)
#endif
#ifdef SYS_futex
CALL(futex, 4)
#endif
#ifdef SYS_sched_setaffinity
CALL(sched_setaffinity, 19)
#endif
#ifdef SYS_sched_getaffinity
CALL(sched_getaffinity, 4)
#endif
#ifdef SYS_set_thread_area
CALL(set_thread_area, 4)
#endif
#ifdef SYS_io_setup
CALL(io_setup, 31)
#endif
#ifdef SYS_io_destroy
CALL(io_destroy, 31)
#endif
#ifdef SYS_io_getevents
CALL(io_getevents, 31)
#endif
#ifdef SYS_io_submit
CALL(io_submit, 31)
#endif
#ifdef SYS_io_cancel
CALL(io_cancel, 31)
#endif
#ifdef SYS_get_thread_area
CALL(get_thread_area, 4)
#endif
#ifdef SYS_lookup_dcookie
CALL(lookup_dcookie, 14)
#endif
#ifdef SYS_epoll_create
CALL(epoll_create, 3)
#endif
#ifdef SYS_epoll_ctl_old
CALL(epoll_ctl_old, 3)
#endif
#ifdef SYS_epoll_wait_old
CALL(epoll_wait_old, 3)
#endif
#ifdef SYS_remap_file_pages
CALL(remap_file_pages, 6)
#endif
#ifdef SYS_getdents64
CALL(getdents64, 1)
#endif
#ifdef SYS_set_tid_address
CALL(set_tid_address, 4)
#endif
#ifdef SYS_restart_syscall
CALL(restart_syscall, 4)
#endif
#ifdef SYS_semtimedop
CALL(semtimedop, 7)
#endif
#ifdef SYS_fadvise64
CALL(fadvise64, 6)
#endif
#ifdef SYS_timer_create
CALL(timer_create, 9)
#endif
#ifdef SYS_timer_settime
CALL(timer_settime, 9)
#endif
#ifdef SYS_timer_gettime
CALL(timer_gettime, 9)
#endif
#ifdef SYS_timer_getoverrun
CALL(timer_getoverrun, 9)
#endif
#ifdef SYS_timer_delete
CALL(timer_delete, 9)
#endif
#ifdef SYS_clock_settime
CALL(clock_settime, 25)
#endif
#ifdef SYS_clock_gettime
CALL(clock_gettime, 4)
#endif
#ifdef SYS_clock_getres
CALL(clock_getres, 4)
#endif
#ifdef SYS_clock_nanosleep
CALL(clock_nanosleep, 4)
#endif
#ifdef SYS_exit_group
CALL(exit_group, 4)
#endif
#ifdef SYS_epoll_wait
CALL(epoll_wait, 3)
#endif
#ifdef SYS_epoll_ctl
CALL(epoll_ctl, 3)
#endif
#ifdef SYS_tgkill
CALL(tgkill, 11)
#endif
#ifdef SYS_utimes
CALL(utimes, 1)
#endif
#ifdef SYS_vserver
CALL(vserver, 18)
#endif
#ifdef SYS_mbind
CALL(mbind, 19)
#endif
#ifdef SYS_set_mempolicy
CALL(set_mempolicy, 19)
#endif
#ifdef SYS_get_mempolicy
CALL(get_mempolicy, 6)
#endif
#ifdef SYS_mq_open
CALL(mq_open, 7)
#endif
#ifdef SYS_mq_unlink
CALL(mq_unlink, 7)
#endif
#ifdef SYS_mq_timedsend
CALL(mq_timedsend, 7)
#endif
#ifdef SYS_mq_timedreceive
CALL(mq_timedreceive, 7)
#endif
#ifdef SYS_mq_notify
CALL(mq_notify, 7)
#endif
#ifdef SYS_mq_getsetattr
CALL(mq_getsetattr, 7)
#endif
#ifdef SYS_kexec_load
CALL(kexec_load, 28)
#endif
#ifdef SYS_waitid
CALL(waitid, 11)
#endif
#ifdef SYS_add_key
CALL(add_key, 32)
#endif
#ifdef SYS_request_key
CALL(request_key, 32)
#endif
#ifdef SYS_keyctl
CALL(keyctl, 32)
#endif
#ifdef SYS_ioprio_set
CALL(ioprio_set, 19)
#endif
#ifdef SYS_ioprio_get
CALL(ioprio_get, 6)
#endif
#ifdef SYS_inotify_init
CALL(inotify_init, 1)
#endif
#ifdef SYS_inotify_add_watch
CALL(inotify_add_watch, 1)
#endif
#ifdef SYS_inotify_rm_watch
CALL(inotify_rm_watch, 1)
#endif
#ifdef SYS_migrate_pages
CALL(migrate_pages, 19)
#endif
#ifdef SYS_openat
CALL(openat, 1)
#endif
#ifdef SYS_mkdirat
CALL(mkdirat, 1)
#endif
#ifdef SYS_mknodat
CALL(mknodat, 1)
#endif
#ifdef SYS_fchownat
CALL(fchownat, 12)
#endif
#ifdef SYS_futimesat
CALL(futimesat, 1)
#endif
#ifdef SYS_newfstatat
CALL(newfstatat, 1)
#endif
#ifdef SYS_unlinkat
CALL(unlinkat, 1)
#endif
#ifdef SYS_renameat
CALL(renameat, 1)
#endif
#ifdef SYS_linkat
CALL(linkat, 1)
#endif
#ifdef SYS_symlinkat
CALL(symlinkat, 1)
#endif
#ifdef SYS_readlinkat
CALL(readlinkat, 1)
#endif
#ifdef SYS_fchmodat
CALL(fchmodat, 1)
#endif
#ifdef SYS_faccessat
CALL(faccessat, 1)
#endif
#ifdef SYS_pselect6
CALL(pselect6, 3)
#endif
#ifdef SYS_ppoll
CALL(ppoll, 3)
#endif
#ifdef SYS_unshare
CALL(unshare, 11)
#endif
#ifdef SYS_set_robust_list
CALL(set_robust_list, 4)
#endif
#ifdef SYS_get_robust_list
CALL(get_robust_list, 4)
#endif
#ifdef SYS_splice
CALL(splice, 6)
#endif
#ifdef SYS_tee
CALL(tee, 6)
#endif
#ifdef SYS_sync_file_range
CALL(sync_file_range, 8)
#endif
#ifdef SYS_vmsplice
CALL(vmsplice, 6)
#endif
#ifdef SYS_move_pages
CALL(move_pages, 19)
#endif
#ifdef SYS_utimensat
CALL(utimensat, 1)
#endif
#ifdef SYS_epoll_pwait
CALL(epoll_pwait, 3)
#endif
#ifdef SYS_signalfd
CALL(signalfd, 5)
#endif
#ifdef SYS_timerfd_create
CALL(timerfd_create, 9)
#endif
#ifdef SYS_eventfd
CALL(eventfd, 3)
#endif
#ifdef SYS_fallocate
CALL(fallocate, 1)
#endif
#ifdef SYS_timerfd_settime
CALL(timerfd_settime, 9)
#endif
#ifdef SYS_timerfd_gettime
CALL(timerfd_gettime, 9)
#endif
#ifdef SYS_accept4
CALL(accept4, 10)
#endif
#ifdef SYS_signalfd4
CALL(signalfd4, 5)
#endif
#ifdef SYS_eventfd2
CALL(eventfd2, 3)
#endif
#ifdef SYS_epoll_create1
CALL(epoll_create1, 3)
#endif
#ifdef SYS_dup3
CALL(dup3, 0)
#endif
#ifdef SYS_pipe2
CALL(pipe2, 7)
#endif
#ifdef SYS_inotify_init1
CALL(inotify_init1, 1)
#endif
#ifdef SYS_preadv
CALL(preadv, 0)
#endif
#ifdef SYS_pwritev
CALL(pwritev, 0)
#endif
#ifdef SYS_rt_tgsigqueueinfo
CALL(rt_tgsigqueueinfo, 11)
#endif
#ifdef SYS_perf_event_open
CALL(perf_event_open, 14)
#endif
#ifdef SYS_recvmmsg
CALL(recvmmsg, 10)
#endif
#ifdef SYS_fanotify_init
CALL(fanotify_init, 21)
#endif
#ifdef SYS_fanotify_mark
CALL(fanotify_mark, 21)
#endif
#ifdef SYS_prlimit64
CALL(prlimit64, 4)
#endif
#ifdef SYS_name_to_handle_at
CALL(name_to_handle_at, 6)
#endif
#ifdef SYS_open_by_handle_at
CALL(open_by_handle_at, 21)
#endif
#ifdef SYS_clock_adjtime
CALL(clock_adjtime, 25)
#endif
#ifdef SYS_syncfs
CALL(syncfs, 8)
#endif
#ifdef SYS_sendmmsg
CALL(sendmmsg, 10)
#endif
#ifdef SYS_setns
CALL(setns, 11)
#endif
#ifdef SYS_getcpu
CALL(getcpu, 6)
#endif
#ifdef SYS_process_vm_readv
CALL(process_vm_readv, 7)
#endif
#ifdef SYS_process_vm_writev
CALL(process_vm_writev, 7)
#endif
#ifdef SYS_kcmp
CALL(kcmp, 6)
#endif
#ifdef SYS_finit_module
CALL(finit_module, 30)
#endif
#ifdef SYS_sched_setattr
CALL(sched_setattr, 19)
#endif
#ifdef SYS_sched_getattr
CALL(sched_getattr, 6)
#endif
#ifdef SYS_renameat2
CALL(renameat2, 1)
#endif
#ifdef SYS_seccomp
CALL(seccomp, 33)
#endif
#ifdef SYS_getrandom
CALL(getrandom, 4)
#endif
#ifdef SYS_memfd_create
CALL(memfd_create, 7)
#endif
#ifdef SYS_kexec_file_load
CALL(kexec_file_load, 28)
#endif
#ifdef SYS_bpf
CALL(bpf, 21)
#endif
#ifdef SYS_execveat
CALL(execveat, 11)
#endif
#ifdef SYS_userfaultfd
CALL(userfaultfd, 6)
#endif
#ifdef SYS_membarrier
CALL(membarrier, 4)
#endif
#ifdef SYS_mlock2
CALL(mlock2, 20)
#endif
#ifdef SYS_copy_file_range
CALL(copy_file_range, 6)
#endif
#ifdef SYS_preadv2
CALL(preadv2, 0)
#endif
#ifdef SYS_pwritev2
CALL(pwritev2, 0)
#endif
#ifdef SYS_pkey_mprotect
CALL(pkey_mprotect, 34)
#endif
#ifdef SYS_pkey_alloc
CALL(pkey_alloc, 34)
#endif
#ifdef SYS_pkey_free
CALL(pkey_free, 34)
#endif
#ifdef SYS_statx
CALL(statx, 1)
#endif
#ifdef SYS_io_pgetevents
CALL(io_pgetevents, 31)
#endif
#ifdef SYS_rseq
CALL(rseq, 4)
#endif
#ifdef SYS_pidfd_send_signal
CALL(pidfd_send_signal, 11)
#endif
#ifdef SYS_io_uring_setup
CALL(io_uring_setup, 31)
#endif
#ifdef SYS_io_uring_enter
CALL(io_uring_enter, 31)
#endif
#ifdef SYS_io_uring_register
CALL(io_uring_register, 31)
#endif
#ifdef SYS_open_tree
CALL(open_tree, 26)
#endif
#ifdef SYS_move_mount
CALL(move_mount, 26)
#endif
#ifdef SYS_fsopen
CALL(fsopen, 26)
#endif
#ifdef SYS_fsconfig
CALL(fsconfig, 26)
#endif
#ifdef SYS_fsmount
CALL(fsmount, 26)
#endif
#ifdef SYS_fspick
CALL(fspick, 26)
#endif
#ifdef SYS_pidfd_open
CALL(pidfd_open, 11)
#endif
#ifdef SYS_clone3
CALL(clone3, 11)
#endif
#ifdef SYS_close_range
CALL(close_range, 0)
#endif
#ifdef SYS_openat2
CALL(openat2, 1)
#endif
#ifdef SYS_pidfd_getfd
CALL(pidfd_getfd, 14)
#endif
#ifdef SYS_faccessat2
CALL(faccessat2, 1)
#endif
#ifdef SYS_process_madvise
CALL(process_madvise, 7)
#endif
#ifdef SYS_epoll_pwait2
CALL(epoll_pwait2, 3)
#endif
#ifdef SYS_mount_setattr
CALL(mount_setattr, 26)
#endif
#ifdef SYS_quotactl_fd
CALL(quotactl_fd, 21)
#endif
#ifdef SYS_landlock_create_ruleset
CALL(landlock_create_ruleset, 33)
#endif
#ifdef SYS_landlock_add_rule
CALL(landlock_add_rule, 33)
#endif
#ifdef SYS_landlock_restrict_self
CALL(landlock_restrict_self, 33)
#endif
#ifdef SYS_futex_waitv
CALL(futex_waitv, 4)
#endif
#ifdef SYS_set_mempolicy_home_node
CALL(set_mempolicy_home_node, 19)
#endif
#ifdef SYS__llseek
CALL(_llseek, 0)
#endif
#ifdef SYS__newselect
CALL(_newselect, 3)
#endif
#ifdef SYS_arm_fadvise64_64
CALL(arm_fadvise64_64, 6)
#endif
#ifdef SYS_bdflush
CALL(bdflush, 18)
#endif
#ifdef SYS_break
CALL(break, 18)
#endif
#ifdef SYS_cacheflush
CALL(cacheflush, 4)
#endif
#ifdef SYS_chown32
CALL(chown32, 12)
#endif
#ifdef SYS_clock_adjtime64
CALL(clock_adjtime64, 25)
#endif
#ifdef SYS_clock_getres_time64
CALL(clock_getres_time64, 4)
#endif
#ifdef SYS_clock_gettime64
CALL(clock_gettime64, 4)
#endif
#ifdef SYS_clock_nanosleep_time64
CALL(clock_nanosleep_time64, 4)
#endif
#ifdef SYS_clock_settime64
CALL(clock_settime64, 25)
#endif
#ifdef SYS_fadvise64_64
CALL(fadvise64_64, 6)
#endif
#ifdef SYS_fchmodat2
CALL(fchmodat2, 1)
#endif
#ifdef SYS_fchown32
CALL(fchown32, 12)
#endif
#ifdef SYS_fcntl64
CALL(fcntl64, 1)
#endif
#ifdef SYS_file_getattr
CALL(file_getattr, 1)
#endif
#ifdef SYS_file_setattr
CALL(file_setattr, 1)
#endif
#ifdef SYS_fstat64
CALL(fstat64, 1)
#endif
#ifdef SYS_fstatat
CALL(fstatat, 1)
#endif
#ifdef SYS_fstatat64
CALL(fstatat64, 1)
#endif
#ifdef SYS_fstatfs64
CALL(fstatfs64, 1)
#endif
#ifdef SYS_ftime
CALL(ftime, 18)
#endif
#ifdef SYS_ftruncate64
CALL(ftruncate64, 1)
#endif
#ifdef SYS_futex_time64
CALL(futex_time64, 4)
#endif
#ifdef SYS_getegid32
CALL(getegid32, 4)
#endif
#ifdef SYS_geteuid32
CALL(geteuid32, 4)
#endif
#ifdef SYS_getgid32
CALL(getgid32, 4)
#endif
#ifdef SYS_getgroups32
CALL(getgroups32, 4)
#endif
#ifdef SYS_getresgid32
CALL(getresgid32, 4)
#endif
#ifdef SYS_getresuid32
CALL(getresuid32, 4)
#endif
#ifdef SYS_getuid32
CALL(getuid32, 4)
#endif
#ifdef SYS_getxattrat
CALL(getxattrat, 1)
#endif
#ifdef SYS_gtty
CALL(gtty, 18)
#endif
#ifdef SYS_idle
CALL(idle, 18)
#endif
#ifdef SYS_io_pgetevents_time64
CALL(io_pgetevents_time64, 31)
#endif
#ifdef SYS_ipc
CALL(ipc, 7)
#endif
#ifdef SYS_lchown32
CALL(lchown32, 12)
#endif
#ifdef SYS_listmount
CALL(listmount, 1)
#endif
#ifdef SYS_listxattrat
CALL(listxattrat, 1)
#endif
#ifdef SYS_llseek
CALL(llseek, 0)
#endif
#ifdef SYS_lock
CALL(lock, 18)
#endif
#ifdef SYS_lsm_get_self_attr
CALL(lsm_get_self_attr, 4)
#endif
#ifdef SYS_lsm_list_modules
CALL(lsm_list_modules, 4)
#endif
#ifdef SYS_lstat64
CALL(lstat64, 1)
#endif
#ifdef SYS_mmap2
CALL(mmap2, 4)
#endif
#ifdef SYS_mpx
CALL(mpx, 18)
#endif
#ifdef SYS_mq_timedreceive_time64
CALL(mq_timedreceive_time64, 7)
#endif
#ifdef SYS_mq_timedsend_time64
CALL(mq_timedsend_time64, 7)
#endif
#ifdef SYS_mseal
CALL(mseal, 4)
#endif
#ifdef SYS_newfstat
CALL(newfstat, 1)
#endif
#ifdef SYS_nice
CALL(nice, 19)
#endif
#ifdef SYS_oldfstat
CALL(oldfstat, 1)
#endif
#ifdef SYS_oldlstat
CALL(oldlstat, 1)
#endif
#ifdef SYS_oldolduname
CALL(oldolduname, 6)
#endif
#ifdef SYS_oldstat
CALL(oldstat, 1)
#endif
#ifdef SYS_olduname
CALL(olduname, 6)
#endif
#ifdef SYS_pciconfig_iobase
CALL(pciconfig_iobase, 29)
#endif
#ifdef SYS_pciconfig_read
CALL(pciconfig_read, 29)
#endif
#ifdef SYS_pciconfig_write
CALL(pciconfig_write, 29)
#endif
#ifdef SYS_ppoll_time64
CALL(ppoll_time64, 3)
#endif
#ifdef SYS_prof
CALL(prof, 18)
#endif
#ifdef SYS_profil
CALL(profil, 18)
#endif
#ifdef SYS_pselect6_time64
CALL(pselect6_time64, 3)
#endif
#ifdef SYS_readdir
CALL(readdir, 6)
#endif
#ifdef SYS_recv
CALL(recv, 10)
#endif
#ifdef SYS_recvmmsg_time64
CALL(recvmmsg_time64, 10)
#endif
#ifdef SYS_removexattrat
CALL(removexattrat, 1)
#endif
#ifdef SYS_riscv_flush_icache
CALL(riscv_flush_icache, 4)
#endif
#ifdef SYS_riscv_hwprobe
CALL(riscv_hwprobe, 4)
#endif
#ifdef SYS_rt_sigtimedwait_time64
CALL(rt_sigtimedwait_time64, 5)
#endif
#ifdef SYS_rtas
CALL(rtas, 14)
#endif
#ifdef SYS_s390_pci_mmio_read
CALL(s390_pci_mmio_read, 29)
#endif
#ifdef SYS_s390_pci_mmio_write
CALL(s390_pci_mmio_write, 29)
#endif
#ifdef SYS_s390_runtime_instr
CALL(s390_runtime_instr, 14)
#endif
#ifdef SYS_sched_rr_get_interval_time64
CALL(sched_rr_get_interval_time64, 6)
#endif
#ifdef SYS_semtimedop_time64
CALL(semtimedop_time64, 7)
#endif
#ifdef SYS_send
CALL(send, 10)
#endif
#ifdef SYS_sendfile64
CALL(sendfile64, 6)
#endif
#ifdef SYS_set_tls
CALL(set_tls, 4)
#endif
#ifdef SYS_setfsgid32
CALL(setfsgid32, 6)
#endif
#ifdef SYS_setfsuid32
CALL(setfsuid32, 17)
#endif
#ifdef SYS_setgid32
CALL(setgid32, 16)
#endif
#ifdef SYS_setgroups32
CALL(setgroups32, 15)
#endif
#ifdef SYS_setregid32
CALL(setregid32, 16)
#endif
#ifdef SYS_setresgid32
CALL(setresgid32, 16)
#endif
#ifdef SYS_setresuid32
CALL(setresuid32, 15)
#endif
#ifdef SYS_setreuid32
CALL(setreuid32, 15)
#endif
#ifdef SYS_setuid32
CALL(setuid32, 15)
#endif
#ifdef SYS_setxattrat
CALL(setxattrat, 1)
#endif
#ifdef SYS_sgetmask
CALL(sgetmask, 18)
#endif
#ifdef SYS_sigaction
CALL(sigaction, 5)
#endif
#ifdef SYS_signal
CALL(signal, 5)
#endif
#ifdef SYS_sigpending
CALL(sigpending, 5)
#endif
#ifdef SYS_sigprocmask
CALL(sigprocmask, 5)
#endif
#ifdef SYS_sigreturn
CALL(sigreturn, 4)
#endif
#ifdef SYS_sigsuspend
CALL(sigsuspend, 5)
#endif
#ifdef SYS_socketcall
CALL(socketcall, 10)
#endif
#ifdef SYS_ssetmask
CALL(ssetmask, 18)
#endif
#ifdef SYS_stat64
CALL(stat64, 1)
#endif
#ifdef SYS_statfs64
CALL(statfs64, 1)
#endif
#ifdef SYS_statmount
CALL(statmount, 1)
#endif
#ifdef SYS_stime
CALL(stime, 18)
#endif
#ifdef SYS_stty
CALL(stty, 18)
#endif
#ifdef SYS_subpage_prot
CALL(subpage_prot, 22)
#endif
#ifdef SYS_swapcontext
CALL(swapcontext, 11)
#endif
#ifdef SYS_switch_endian
CALL(switch_endian, 22)
#endif
#ifdef SYS_sync_file_range2
CALL(sync_file_range2, 8)
#endif
#ifdef SYS_sys_debug_setcontext
CALL(sys_debug_setcontext, 14)
#endif
#ifdef SYS_timer_gettime64
CALL(timer_gettime64, 9)
#endif
#ifdef SYS_timer_settime64
CALL(timer_settime64, 9)
#endif
#ifdef SYS_timerfd_gettime64
CALL(timerfd_gettime64, 9)
#endif
#ifdef SYS_timerfd_settime64
CALL(timerfd_settime64, 9)
#endif
#ifdef SYS_truncate64
CALL(truncate64, 1)
#endif
#ifdef SYS_ugetrlimit
CALL(ugetrlimit, 4)
#endif
#ifdef SYS_ulimit
CALL(ulimit, 18)
#endif
#ifdef SYS_umount
CALL(umount, 26)
#endif
#ifdef SYS_uretprobe
CALL(uretprobe, 4)
#endif
#ifdef SYS_utimensat_time64
CALL(utimensat_time64, 1)
#endif
#ifdef SYS_vm86
CALL(vm86, 22)
#endif
#ifdef SYS_vm86old
CALL(vm86old, 22)
#endif
#ifdef SYS_waitpid
CALL(waitpid, 11)
#endif
